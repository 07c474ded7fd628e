package invariants_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

func TestFunc(t *testing.T) {
	says := func(err error) invariants.Invariant {
		return invariants.Func("mine", func(*recording.Run) error { return err })
	}
	s := newStory().passes(client, server, 1)
	for name, c := range map[string]struct {
		err  error
		want told
	}{
		"nil":              {nil, told{s, held, "", 0}},
		"an error":         {errors.New("two orders are stored"), told{s, broken, "two orders are stored", 0}},
		"entries":          {fmt.Errorf("stored: %w", invariants.BrokenBy(s.run.Entries[1:], "%d orders", 2)), told{s, broken, "stored: 2 orders", 2}},
		"cannot tell":      {fmt.Errorf("no log: %w", invariants.ErrUndecided), told{s, undecided, "no log: undecided", 0}},
		"entries are lost": {errors.New("two orders"), told{lossy(newStory()), undecided, "not kept", 0}},
	} {
		check(t, says(c.err), map[string]told{name: c.want})
	}
}

func TestSometimes(t *testing.T) {
	v := invariants.Sometimes("an order is handled", func(run *recording.Run) bool {
		return slices.ContainsFunc(run.Entries, func(e recording.Entry) bool { return e.Kind == recording.Handled })
	})
	check(t, v, map[string]told{
		"seen":     {newStory().passes(client, server, 1), held, "", 0},
		"not seen": {newStory().sends(client, server, 1), invariants.Unseen, "", 0},
	})
}

func TestTally(t *testing.T) {
	of := func(verdicts ...invariants.Verdict) (all []invariants.Outcome) {
		for i, v := range verdicts {
			all = append(all, invariants.Outcome{Name: string(rune('a' + i)), Result: invariants.Result{Verdict: v}})
		}
		return all
	}
	one, other := invariants.Tally{}, invariants.Tally{}
	one.Add(of(held, invariants.Unseen, invariants.Unseen))
	one.Add(of(broken, invariants.Unseen, invariants.Unseen))
	if got := one.Never(); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("never: got %q, want b and c", got)
	}
	other.Add(of(undecided, held, invariants.Unseen))
	sent, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	var came invariants.Tally
	if err := json.Unmarshal(sent, &came); err != nil {
		t.Fatal(err)
	}
	one.Merge(came)
	want := invariants.Tally{"a": {Held: 1, Broken: 1, Undecided: 1}, "b": {Held: 1, Unseen: 2}, "c": {Unseen: 3}}
	if !reflect.DeepEqual(one, want) {
		t.Errorf("got %v, want %v", one, want)
	}
	if got := one.Never(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("never: got %q, want c", got)
	}
}

func TestVet(t *testing.T) {
	good := invariants.Sometimes("a", func(*recording.Run) bool { return true })
	for want, all := range map[string][]invariants.Invariant{
		"":                             append(invariants.Bus(), good),
		"invariant 2 has no name":      {good, {Check: good.Check}},
		`invariant "b" has no Check`:   {{Name: "b"}},
		`two invariants are named "a"`: {good, good},
	} {
		err := invariants.Vet(all)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestOnlyItsUsersLinkTheSearch: the command, which has no registers, does not.
func TestOnlyItsUsersLinkTheSearch(t *testing.T) {
	const search = "github.com/anishathalye/porcupine"
	for pkg, want := range map[string]bool{"../lahja": false, "../runner": false, "./linear": true} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(strings.Fields(string(out)), search); got != want {
			t.Errorf("%s links %s: %t, want %t", pkg, search, got, want)
		}
	}
}

func TestTextShowsAFewEntries(t *testing.T) {
	s := newStory()
	for n := range uint64(20) {
		s.sends(client, server, n+1)
	}
	text := invariants.Result{Entries: s.run.Entries}.Text(&s.run)
	lines := strings.Split(text, "\n")
	if len(lines) != 9 || lines[8] != "and 12 more" || !strings.Contains(lines[0], "1ms client sent shop.Order for server 0000000000000001-1") {
		t.Errorf("got\n%s", text)
	}
}
