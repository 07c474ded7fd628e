package timeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// none is the index of a driver or an entry that there is not.
const none = -1

// model is a run with what belongs together put together.
type model struct {
	*recording.Run
	spans    []span
	messages []message
	meetings []meeting
	failure  *failure
	// matched says of each entry that it is an end of a message between two drivers.
	matched []bool
	// kept has the time since which all entries of each driver were kept.
	kept []time.Duration
}

// failure is the one that stopped the run.
type failure struct {
	recording.Failure
	// span is the innermost step that failed, none if no step did.
	span int
	// entry is the last entry that came before the failure.
	entry int
}

func newModel(run *recording.Run) *model {
	m := &model{Run: run, matched: make([]bool, len(run.Entries))}
	m.spans = spansOf(run)
	m.kept = m.keptSince()
	m.matchMessages()
	m.meetings = meetingsOf(run)
	m.failure = m.findFailure()
	return m
}

// end is when the run ended, so far as it was recorded.
func (m *model) end() time.Duration {
	end := m.Outcome.Elapsed
	if n := len(m.Entries); n > 0 {
		end = max(end, m.Entries[n-1].At)
	}
	return end
}

// keptSince are the times since which all entries of each driver were kept: from the beginning, or
// from its first entry where a bounded ring has lost older ones.
func (m *model) keptSince() []time.Duration {
	since := make([]time.Duration, len(m.Drivers))
	found := make([]bool, len(m.Drivers))
	for d := range since {
		if d < len(m.Outcome.Lost) && m.Outcome.Lost[d] > 0 {
			since[d] = m.end()
		} else {
			found[d] = true
		}
	}
	for _, e := range m.Entries {
		if m.has(e.Driver) && !found[e.Driver] {
			since[e.Driver], found[e.Driver] = e.At, true
		}
	}
	return since
}

// lost is how many entries of all drivers were not kept.
func (m *model) lost() (n uint64) {
	for _, lost := range m.Outcome.Lost {
		n += lost
	}
	return n
}

// has reports whether there is a driver of that index. A file may name others.
func (m *model) has(driver int) bool { return driver >= 0 && driver < len(m.Drivers) }

// name is the driver's, or that of the run as a whole.
func (m *model) name(driver int) string {
	if !m.has(driver) {
		return "the run"
	}
	return m.Drivers[driver].Name
}

func (m *model) findFailure() *failure {
	if len(m.Outcome.Failures) == 0 {
		return nil
	}
	f := &failure{Failure: m.Outcome.Failures[0], span: none, entry: none}
	f.Text = m.why(f.Failure)
	if !m.has(f.Driver) {
		f.Driver = none
	}
	for i, s := range m.spans {
		// The innermost step began last.
		if s.driver == f.Driver && s.step == f.Step && s.failed() && s.begin <= f.At {
			f.span = i
		}
	}
	for i, e := range m.Entries {
		if e.At > f.At {
			break
		}
		f.entry = i
		if e.Kind == recording.Failed && e.Driver == f.Driver && e.At == f.At {
			break // In virtual time, what follows has the same moment.
		}
	}
	return f
}

// why is the text of a failure without its driver and step, which stand beside it.
func (m *model) why(f recording.Failure) string {
	if !m.has(f.Driver) || f.Step < 0 || f.Step >= len(m.Drivers[f.Driver].Steps) {
		return f.Text
	}
	place := fmt.Sprintf("%s, action %d, %s: ", m.name(f.Driver), f.Step, m.Drivers[f.Driver].Steps[f.Step].Text)
	return strings.TrimPrefix(f.Text, place)
}

// parties are the drivers that declare a step at the point: Checkpoint("x") is at checkpoint "x".
func (m *model) parties(point string) (all []int) {
	kind, name, _ := strings.Cut(point, " ")
	for i, d := range m.Drivers {
		declares := func(s recording.Step) bool {
			return len(kind) > 0 && strings.Contains(s.Text, strings.ToUpper(kind[:1])+kind[1:]+"("+name+")")
		}
		if slices.ContainsFunc(d.Steps, declares) {
			all = append(all, i)
		}
	}
	return all
}

// stopped are the drivers that only stopped because another one failed.
func (m *model) stopped() (drivers []int) {
	for _, f := range m.Outcome.Failures {
		if f.Kind == "stopped" {
			drivers = append(drivers, f.Driver)
		}
	}
	slices.Sort(drivers)
	return drivers
}
