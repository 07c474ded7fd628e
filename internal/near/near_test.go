package near

import (
	"slices"
	"testing"
)

func TestName(t *testing.T) {
	known := []string{"client", "server", "observer", "worker-1", "worker-2", "b"}
	for name, want := range map[string]string{
		"clinet":   ` (did you mean "client"?)`,
		"sevrer":   ` (did you mean "server"?)`,
		"obsrver":  ` (did you mean "observer"?)`,
		"worker-3": ` (did you mean "worker-1"?)`,
		"Server":   ` (did you mean "server"?)`,
		"c":        "",
		"a":        "",
		"control":  "",
		"":         "",
	} {
		if got := Name(name, slices.Values(known)); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := Name("bread", slices.Values([]string{"tread", "break"})); got != ` (did you mean "break"?)` {
		t.Errorf("got %q where both are one edit away, want the one with the common prefix", got)
	}
	if got := Name("server", slices.Values([]string{"server"})); got != "" {
		t.Errorf("got %q for a known name, want nothing", got)
	}
}

func TestNames(t *testing.T) {
	names := []string{"goroutine+memory", "goroutine+unix", "subprocess+unix", "virtual", "known/broken", "known/needy", "opens", "good/opens-and-closes"}
	for pattern, want := range map[string]string{
		"gorutine":     " (did you mean goroutine+memory, goroutine+unix, good/opens-and-closes?)",
		"*memroy":      " (did you mean goroutine+memory, known/needy, subprocess+unix?)",
		"known/brokem": " (did you mean known/broken, known/needy, good/opens-and-closes?)",
		"opens-and":    " (did you mean good/opens-and-closes, opens, subprocess+unix?)",
	} {
		if got := Names(pattern, names); got != want {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
	if got := Names("a", names[:2]); got != " (did you mean goroutine+memory, goroutine+unix?)" {
		t.Errorf("got %q of two names", got)
	}
	if got := Names("a", nil); got != "" {
		t.Errorf("got %q of no names", got)
	}
}
