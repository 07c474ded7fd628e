package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/engine"
)

func TestPlaces(t *testing.T) {
	machines := []engine.Machine{
		{Name: "east", Labels: []string{"zone=a", "disk=fast"}},
		{Name: "west", Labels: []string{"zone=b"}},
		{Name: "north", Labels: []string{"zone=b", "disk=fast"}},
	}
	on := func(driver string, labels ...string) engine.Places {
		return engine.Places{On: map[string][]string{driver: labels}}
	}
	apart := engine.Places{Apart: [][]string{{"a", "b", "c"}}}
	for _, c := range []struct {
		what     string
		places   engine.Places
		drivers  string
		machines []engine.Machine
		want     string
	}{
		{"spread", engine.Places{}, "a b c d", machines, "east west north east"},
		{"on", on("a", "zone=b"), "a b", machines, "west east"},
		{"on two labels", on("a", "zone=b", "disk=fast"), "a b", machines, "north east"},
		{"on none", on("b", "zone=c"), "a b", machines, "driver b must be on a machine with zone=c, and there is east (zone=a disk=fast), west"},
		{"on labels of two", on("b", "zone=a", "zone=b"), "a b", machines, "driver b must be on a machine with zone=a and zone=b"},
		{"apart", apart, "a b c", machines, "east west north"},
		{"apart, and others", apart, "x a b c", machines, "east west north east"},
		{"apart on too few", apart, "a b c", machines[:2], "drivers a, b and c must be on different machines, and there is east"},
		{"apart with least choice last", engine.Places{Apart: [][]string{{"a", "b"}}, On: map[string][]string{"b": {"zone=a"}}}, "a b", machines, "west east"},
		{"apart in vain", engine.Places{Apart: [][]string{{"a", "b"}}, On: map[string][]string{"a": {"zone=a"}, "b": {"zone=a"}}}, "a b", machines,
			"they cannot be apart, together and on machines with these labels as declared"},
		{"needs to go back", engine.Places{Apart: [][]string{{"a", "b"}, {"b", "c"}, {"a", "c"}},
			On: map[string][]string{"a": {"disk=fast"}, "b": {"disk=fast"}, "c": {"zone=b"}}}, "a b c", machines, "east north west"},
		{"together", engine.Places{Together: [][]string{{"a", "c"}}}, "a b c", machines, "east west east"},
		{"together in a chain", engine.Places{Together: [][]string{{"a", "b"}, {"b", "c"}}}, "a b c", machines, "east east east"},
		{"together on a label", engine.Places{Together: [][]string{{"a", "b"}}, On: map[string][]string{"b": {"zone=b"}}}, "a b", machines, "west west"},
		{"together on one machine", engine.Places{Together: [][]string{{"a", "b"}}}, "a b", machines[:1], "east east"},
		{"room", engine.Places{}, "a b c", []engine.Machine{{Name: "small", Room: 1}, {Name: "large"}}, "small large large"},
		{"no room", engine.Places{}, "a b", []engine.Machine{{Name: "small", Room: 1}}, "small small"},
		{"no machine", engine.Places{}, "a", nil, "there is no machine"},
	} {
		t.Run(c.what, func(t *testing.T) {
			at, err := c.places.Assign(strings.Fields(c.drivers), c.machines)
			if err != nil {
				if !errors.Is(err, engine.ErrNoPlace) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			names := make([]string, len(at))
			for i, m := range at {
				names[i] = c.machines[m].Name
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestPlacesAreSearchedWithinABound has 40 drivers that are all apart on 39 machines.
func TestPlacesAreSearchedWithinABound(t *testing.T) {
	var names []string
	var machines []engine.Machine
	p := engine.Places{}
	for i := range 40 {
		names = append(names, fmt.Sprint("d", i))
		for _, other := range names[:i] {
			p.Apart = append(p.Apart, []string{other, names[i]})
		}
		if i > 0 {
			machines = append(machines, engine.Machine{Name: fmt.Sprint("m", i)})
		}
	}
	_, err := p.Assign(names, machines)
	if err == nil || !strings.Contains(err.Error(), "none was found in 10000 steps") {
		t.Errorf("got %v", err)
	}
}
