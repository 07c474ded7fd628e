package core

import (
	"testing"

	"github.com/lahja/go-lahja/internal/option"
	"github.com/lahja/go-lahja/internal/option/optiontest"
	"github.com/lahja/go-lahja/lahja"
)

// TestEveryFieldIsChecked pins that there is a rule for each field of Config, and that each
// bound holds on both sides.
func TestEveryFieldIsChecked(t *testing.T) {
	for _, wrong := range option.Uncovered(Config{}, rules) {
		t.Error(wrong)
	}
	var endpoint struct{ lahja.EndpointAPI }
	for _, r := range rules {
		optiontest.Bounded(t, r, Config{}, func(c any) error {
			own := c.(Config)
			own.Name, own.Endpoint = "a", endpoint
			_, err := New(own)
			return err
		}, lahja.ErrInvalid)
	}
	for _, c := range []Config{{Name: "a"}, {Endpoint: endpoint}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
