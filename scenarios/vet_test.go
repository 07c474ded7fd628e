package scenarios_test

import (
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// What is right is not reported before the run.
func TestVetRaisesNoFalseAlarm(t *testing.T) {
	session, err := subprocess.On(transports.Unix()).Open(t.Context(), engine.Site{Dir: func() (string, error) { return t.TempDir(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, s := range scenarios.All() {
		env := drivers.NewEnv(session, func() (string, error) { return t.TempDir(), nil }, nil, 1)
		if err := s.Vet(s.Drivers(env)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
