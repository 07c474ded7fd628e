package drivers_test

import (
	"strings"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
)

func TestVetOfPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s d.Scenario, a *d.Driver) d.Scenario
		want   string
	}{
		"apart":                {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart("a", "b").Together("b", "c") }, ""},
		"all apart":            {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart() }, ""},
		"on":                   {func(s d.Scenario, a *d.Driver) d.Scenario { a.On("zone=a"); return s }, ""},
		"on nothing":           {func(s d.Scenario, a *d.Driver) d.Scenario { a.On(""); return s }, "driver a must be on a machine with an empty label"},
		"misspelt":             {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Together("a", "bb") }, `Together names driver "bb", and there is none`},
		"alone":                {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart("a") }, "Apart names driver a alone; it needs two"},
		"both":                 {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart().Together("b", "c") }, "drivers b and c must be apart and together"},
		"both, of the other":   {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart("a", "c").Together() }, "drivers a and c must be apart and together"},
		"not of the original":  {func(s d.Scenario, _ *d.Driver) d.Scenario { s.Apart("a"); return s }, ""},
		"more than one demand": {func(s d.Scenario, _ *d.Driver) d.Scenario { return s.Apart("a", "b").Apart("x", "c") }, `driver "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			a := d.New(d.NoEndpoint("a"))
			all := []*d.Driver{a, d.New(d.NoEndpoint("b")), d.New(d.NoEndpoint("c"))}
			s := c.change(d.Case("made/places", "they are somewhere", all...), a)
			err := s.Vet(all)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
