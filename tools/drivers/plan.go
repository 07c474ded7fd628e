package drivers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/lahja/go-lahja/internal/near"
)

// pointers print differently in every process.
var pointers = regexp.MustCompile(`0x[0-9a-f]+`)

// PlanHash is a hash over what drivers say they do, and over which functions they
// call. Two processes that built the same scenario have the same.
func PlanHash(all []*Driver) string {
	h := sha256.New()
	for _, d := range all {
		fmt.Fprintf(h, "%s\n", pointers.ReplaceAllString(d.String(), "0x"))
		walk(d.actions, func(a Action) {
			fmt.Fprintf(h, "%T\n", a)
			if own, ok := a.(*action); ok {
				for _, fn := range own.functions {
					fmt.Fprintln(h, fn)
				}
			}
		})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Checkpoints returns, by name, the indices of the drivers that contain the
// checkpoint.
func Checkpoints(all []*Driver) map[string][]int {
	parties := map[string][]int{}
	for i, d := range all {
		walk(d.actions, func(a Action) {
			own, ok := a.(*action)
			if ok && own.checkpoint != "" && !slices.Contains(parties[own.checkpoint], i) {
				parties[own.checkpoint] = append(parties[own.checkpoint], i)
			}
		})
	}
	return parties
}

// MayGoOn reports whether the driver can do anything else while it waits at a
// checkpoint: it runs actions beside each other, or bounds the wait.
func (d *Driver) MayGoOn() bool {
	found := false
	walk(d.actions, func(a Action) {
		own, ok := a.(*action)
		found = found || !ok || own.starts != "" || own.besides
	})
	return found
}

// RunsBeside reports whether actions of the driver run beside each other: in
// parallel, or in the background.
func (d *Driver) RunsBeside() bool {
	found := false
	walk(d.actions, func(a Action) {
		own, ok := a.(*action)
		found = found || ok && (own.starts != "" || own.name == "Parallel")
	})
	return found
}

// Vet finds mistakes in a scenario that can be told without running it.
func (s Scenario) Vet(all []*Driver) error {
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if s.Name == "" {
		complain("the scenario has no name")
	}
	if len(all) == 0 {
		complain("the scenario has no drivers")
	}
	seen := map[string]*Driver{}
	for i, d := range all {
		if d == nil {
			complain("driver %d is nil", i)
			return errors.Join(problems...)
		}
		if d.name == "" {
			complain("driver %d (%s) has no name", i, d.source)
		}
		if other := seen[d.name]; other != nil {
			complain("%s", d.sameName(other))
		}
		seen[d.name] = d
		problems = append(problems, d.vet()...)
	}
	checkpoints := Checkpoints(all)
	for name, parties := range checkpoints {
		if len(parties) == 1 && !all[parties[0]].hasUnderThrows(func(a *action) bool { return a.checkpoint == name }) {
			complain("checkpoint %q stands in driver %s alone, so it waits for nobody%s; add it to another driver, or remove it",
				name, all[parties[0]].name, near.Name(name, maps.Keys(checkpoints)))
		}
	}
	if _, there := checkpoints[s.Rests]; s.Rests != "" && !there {
		complain("the scenario rests at checkpoint %q, which stands in no driver%s", s.Rests, near.Name(s.Rests, maps.Keys(checkpoints)))
	}
	problems = append(problems, vetPaused(all)...)
	if len(problems) == 0 { // They may be what comes of these.
		problems = vetPlan(all)
	}
	return errors.Join(problems...)
}

// sameName says what to do about another driver of the same name. Named would not help
// where both endpoints are named so: the second one is refused by whoever knows the first.
func (d *Driver) sameName(other *Driver) string {
	if d.Endpoint() == d.name && other.Endpoint() == d.name {
		return fmt.Sprintf("two drivers open endpoint %q (%s and %s); give one of the endpoints another name", d.name, other.source, d.source)
	}
	return fmt.Sprintf("two drivers are named %q (%s and %s); tell them apart with Named", d.name, other.source, d.source)
}

// hasUnderThrows reports whether an action for which is holds stands under Throws.
func (d *Driver) hasUnderThrows(is func(a *action) bool) bool {
	found := false
	walk(d.actions, func(a Action) {
		if own, ok := a.(*action); ok && own.expectsFailure {
			walk(own.inner, func(inner Action) {
				own, ok := inner.(*action)
				found = found || ok && is(own)
			})
		}
	})
	return found
}

// mistake is an error of an action, with the line of that.
func (d *Driver) mistake(a *action, err error) error {
	return &vetError{place: a.source.or(d.source), text: fmt.Sprintf("driver %s, %s (%s): %v", d.name, limit(a.String(), maxArg), a.source, err)}
}

func (d *Driver) vet() []error {
	var problems []error
	started := map[string]bool{}
	var visit func(actions []Action)
	visit = func(actions []Action) {
		for i, a := range actions {
			if a == nil {
				problems = append(problems, fmt.Errorf("driver %s (%s): action %d is nil", d.name, d.source, i+1))
				continue
			}
			own, ok := a.(*action)
			if ok && own.vet != nil {
				if err := own.vet(); err != nil {
					problems = append(problems, d.mistake(own, err))
				}
			}
			if ok && own.starts != "" {
				started[own.starts] = true
			}
			if ok && own.joins != "" && !started[own.joins] {
				problems = append(problems, d.mistake(own, fmt.Errorf("no Background(%q, …) comes before it", own.joins)))
			}
			if ok && own.expectsFailure {
				continue // What stands beneath Throws is meant to fail.
			}
			visit(innerOf(a))
		}
	}
	visit(d.actions)
	walk(d.actions, func(a Action) {
		if own, ok := a.(*action); ok && own.ends && !d.isLast(own) {
			problems = append(problems, d.mistake(own, errNotLast))
		}
	})
	return problems
}

// isLast reports whether a is the driver's last action, no part of another one, and
// nowhere else in the driver.
func (d *Driver) isLast(a *action) bool {
	times := 0
	walk(d.actions, func(other Action) {
		if other == Action(a) {
			times++
		}
	})
	return times == 1 && d.actions[len(d.actions)-1] == Action(a)
}
