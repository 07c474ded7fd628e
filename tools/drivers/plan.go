package drivers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/invariants"
)

// pointers print differently in every process. Few texts have any.
var pointers = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`0x[0-9a-f]+`) })

func withoutPointers(text string) string {
	if !strings.Contains(text, "0x") {
		return text
	}
	return pointers().ReplaceAllString(text, "0x")
}

// PlanHash is a hash over what drivers say they do, and over which functions they
// call. Two processes that built the same scenario have the same.
func PlanHash(all []*Driver) string {
	h := sha256.New()
	for _, d := range all {
		fmt.Fprintf(h, "%s\n", withoutPointers(d.String()))
		for _, a := range d.restart {
			fmt.Fprintf(h, "again: %s\n", withoutPointers(a.String()))
		}
		walk(slices.Concat(d.actions, d.restart), func(a Action) {
			fmt.Fprintf(h, "%T\n", a)
			if own, ok := ownOf(a); ok {
				for _, fn := range own.functions {
					fmt.Fprintln(h, fn)
				}
			}
		})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Points returns the points at which the drivers wait for each other, with the indices of
// those that others wait for there.
func Points(all []*Driver) map[engine.Point][]int {
	parties := map[engine.Point][]int{}
	add := func(kind engine.PointKind, name string, driver int) {
		at := engine.Point{Kind: kind, Name: name}
		if known := parties[at]; len(known) == 0 || known[len(known)-1] != driver {
			parties[at] = append(known, driver)
		}
	}
	for i, d := range all {
		add(engine.AtEnd, "", i)
		add(engine.AtFinish, d.name, i)
		if d.initializer.listens {
			add(engine.AtListener, d.initializer.name, i)
		}
		walk(d.actions, func(a Action) {
			if own, ok := ownOf(a); ok && own.reaches {
				add(own.point.Kind, own.point.Name, i)
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
		own, ok := ownOf(a)
		found = found || !ok || own.starts != "" || own.besides
	})
	return found
}

// RunsBeside reports whether actions of the driver run beside each other: in
// parallel, or in the background.
func (d *Driver) RunsBeside() bool {
	found := false
	walk(d.actions, func(a Action) {
		own, ok := ownOf(a)
		found = found || ok && (own.starts != "" || own.name == "Parallel")
	})
	return found
}

// Vet finds mistakes in a scenario that can be told without running it. It remembers drivers
// without any, as long as they are in the same slice: those of Case are run many times.
func (s Scenario) Vet(all []*Driver) error {
	if len(all) == 0 || all[0] == nil {
		return s.vet(all)
	}
	if known := all[0].vetted.Load(); known != nil && known.is(s, all) {
		return nil
	}
	err := s.vet(all)
	if err == nil {
		all[0].vetted.Store(&vetted{s.Name, s.Rests, s.apart, s.together, &all[0], slices.Clone(all)})
	}
	return err
}

// vetted is a scenario that has passed Scenario.Vet.
type vetted struct {
	name, rests     string
	apart, together [][]string
	at              **Driver
	all             []*Driver
}

func (v *vetted) is(s Scenario, all []*Driver) bool {
	same := func(a, b [][]string) bool { return slices.EqualFunc(a, b, slices.Equal) }
	return v.name == s.Name && v.rests == s.Rests && v.at == &all[0] && slices.Equal(v.all, all) && same(v.apart, s.apart) && same(v.together, s.together)
}

func (s Scenario) vet(all []*Driver) error {
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if s.Name == "" {
		complain("the scenario has no name")
	}
	if len(all) == 0 {
		complain("the scenario has no drivers")
	}
	if err := invariants.Vet(s.Invariants); err != nil {
		complain("%w", err)
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
	problems = append(problems, s.vetPoints(all)...)
	problems = append(problems, vetPaused(all)...)
	problems = append(problems, vetCrashes(all)...)
	problems = append(problems, s.vetPlaces(all)...)
	if len(problems) == 0 { // They may be what comes of these.
		problems = vetPlan(all)
	}
	return errors.Join(problems...)
}

// vetPoints finds checkpoints and signals that only one side knows.
func (s Scenario) vetPoints(all []*Driver) (problems []error) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	points := Points(all)
	names := func(kind engine.PointKind) iter.Seq[string] {
		return func(yield func(string) bool) {
			for at := range points {
				if at.Kind == kind && !yield(at.Name) {
					return
				}
			}
		}
	}
	for at, parties := range points {
		if first := all[parties[0]]; at.Kind == engine.AtCheckpoint && len(parties) == 1 && !first.hasUnderThrows(func(a *action) bool { return a.point == at }) {
			complain("checkpoint %q stands in driver %s alone, so it waits for nobody%s; add it to another driver, or remove it",
				at.Name, first.name, near.Name(at.Name, names(engine.AtCheckpoint)))
		}
	}
	if points[engine.Point{Kind: engine.AtCheckpoint, Name: s.Rests}] == nil && s.Rests != "" {
		complain("the scenario rests at checkpoint %q, which stands in no driver%s", s.Rests, near.Name(s.Rests, names(engine.AtCheckpoint)))
	}
	awaited := map[string]bool{}
	for _, d := range all {
		walk(d.actions, func(a Action) {
			own, ok := ownOf(a)
			if !ok || !own.meets || own.point.Name == "" {
				return
			}
			name, known := own.point.Name, points[own.point] != nil
			switch own.point.Kind {
			case engine.AtFinish:
				if !known || name == d.name {
					problems = append(problems, d.mistake(own, fmt.Errorf("no other driver is named %q%s", name, near.Name(name, names(engine.AtFinish)))))
				}
			case engine.AtSignal:
				awaited[name] = true
				if !known {
					problems = append(problems, d.mistake(own, fmt.Errorf("no driver sends this signal%s", orElse(near.Name(name, names(engine.AtSignal)), "; add Signal to one"))))
				}
			}
		})
	}
	for at, parties := range points {
		if at.Kind == engine.AtSignal && !awaited[at.Name] {
			complain("signal %q of driver %s is awaited by nobody%s; add Await to another driver, or remove it",
				at.Name, all[parties[0]].name, near.Name(at.Name, maps.Keys(awaited)))
		}
	}
	return problems
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
		if own, ok := ownOf(a); ok && own.expectsFailure {
			walk(own.inner, func(inner Action) {
				own, ok := ownOf(inner)
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
			own, ok := ownOf(a)
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
		if own, ok := ownOf(a); ok && own.ends && !d.isLast(own) {
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
