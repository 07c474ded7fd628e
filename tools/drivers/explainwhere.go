package drivers

import (
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// notYet says where a driver stood that had not come to a step.
func (e *explanation) notYet(driver int, s step) {
	d, at := e.drivers[driver], e.stands(driver)
	own, _ := ownOf(s.action)
	text := limit(own.String(), maxArg)
	switch {
	case len(at.Past) > 0 && at.Past[0].Index > s.top || at.Index > s.top:
		e.say("%s had passed its action %d, %s.", d.name, s.top, text)
	case at.Ended:
		e.say("%s ended before its action %d, %s.", d.name, s.top, text)
	default:
		e.say("%s would do so at action %d, %s, and %s.", d.name, s.top, text, e.where(at, ""))
	}
}

// where says where a driver was; of is empty, or says of how many actions.
func (e *explanation) where(at Course, of string) string {
	text := limit(engine.Readable(at.Action.String()), maxArg)
	switch {
	case len(at.Past) == 0:
		return "had not begun"
	case at.Restarted:
		return fmt.Sprintf("was at %s for %s", text, short(e.now.Sub(at.Since)))
	case at.Index == 0:
		return "had been opening its endpoint for " + short(e.now.Sub(at.Since))
	}
	return fmt.Sprintf("was at action %d%s, %s, for %s", at.Index, of, text, short(e.now.Sub(at.Since)))
}

// ran is when a driver began a step for the last time, and when that was done. Both are zero
// where that is not known.
func (e *explanation) ran(driver int, s step) (began, done time.Time) {
	own, ok := ownOf(s.action)
	if !ok {
		return began, done
	}
	for _, past := range slices.Backward(e.courses[driver].Past) {
		if past.Index == s.top && (Stand{Index: past.Index, Action: past.Action}).is(own) {
			if ended := e.ended(driver, past.Serial); !ended.IsZero() || e.drivers[driver].RunsBeside() {
				done = ended // The next step may begin before this one is done.
			}
			return past.Since, done
		}
		done = past.Since
	}
	return time.Time{}, time.Time{}
}

// ended is when a step of a driver had ended, zero if that was not recorded.
func (e *explanation) ended(driver, serial int) time.Time {
	if e.run == nil {
		return time.Time{}
	}
	for _, r := range e.run.Entries {
		if at := e.origin.Add(r.At); r.Driver == driver && r.Kind == recording.StepEnded && r.Serial == serial && !at.After(e.now) {
			return at
		}
	}
	return time.Time{}
}

// stands is where a driver stood: at the last step that it had begun, and not ended if it has
// steps beside each other.
func (e *explanation) stands(driver int) Course {
	at := e.courses[driver]
	if at.Ended || !e.drivers[driver].RunsBeside() {
		return at
	}
	for _, past := range slices.Backward(at.Past) {
		if past.Index == at.Index && e.ended(driver, past.Serial).IsZero() {
			at.Action, at.Since = past.Action, past.Since
			return at
		}
	}
	return at
}

// finished reports whether a driver had done all its actions.
func (e *explanation) finished(driver int) bool {
	return e.courses[driver].Index > len(e.drivers[driver].actions)
}

func (e *explanation) names(types []event) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, t := range types {
			if t != "" && !yield(t.short()) {
				return
			}
		}
	}
}

func short(d time.Duration) string { return brief.Duration(d).String() }
