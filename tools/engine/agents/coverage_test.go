package agents_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/engine/internal/covertest"
)

func TestCountersOfDriversOnAgentsArrive(t *testing.T) {
	machine := t.TempDir()
	t.Setenv("TMPDIR", machine)
	url := startServer(t).URL()
	startAgents(t, url, 2, nil)
	covertest.Run(t, "LAHJA_NATS="+url)
	covertest.Left(t, machine)
}
