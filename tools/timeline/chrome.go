package timeline

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// The threads of a driver in a Chrome trace.
const (
	messagesThread = 1 // alone, so that each flow finds the slice of its message
	eventsThread   = 2
	stepsThread    = 3 // and one more for each step within a step
)

// traceEvent is an event of the Chrome trace format.
type traceEvent struct {
	Name     string         `json:"name"`
	Phase    string         `json:"ph"`
	Category string         `json:"cat,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	At       float64        `json:"ts"`
	Took     *float64       `json:"dur,omitempty"`
	ID       int            `json:"id,omitempty"`
	Scope    string         `json:"s,omitempty"`
	Binds    string         `json:"bp,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// ChromeTrace returns the run in the JSON format of Chrome's tracing, for Perfetto
// (https://ui.perfetto.dev) and chrome://tracing. Each driver is a process with threads
// for its messages, its other events and its steps. A message is a flow between two slices.
func ChromeTrace(run *recording.Run) ([]byte, error) {
	m := newModel(run)
	events := m.traceNames()
	for i := range m.spans {
		events = append(events, m.spans[i].trace())
	}
	slots := m.traceSlots()
	for i := range m.messages {
		events = append(events, m.traceMessage(i, slots[2*i], slots[2*i+1])...)
	}
	for i := range m.Entries {
		if e := &m.Entries[i]; !m.matched[i] && !shaped[e.Kind] {
			events = append(events, traceMark(e))
		}
	}
	for _, p := range m.meetings {
		for _, d := range p.drivers {
			events = append(events, traceEvent{Name: oneLine(p.point), Phase: "i", Category: "points", Process: d + 1, Thread: eventsThread, At: micros(p.at), Scope: "p"})
		}
	}
	return json.Marshal(map[string]any{
		"traceEvents":     events,
		"displayTimeUnit": "ns",
		"otherData":       map[string]any{"scenario": run.Scenario, "engine": run.Engine, "verdict": run.Outcome.Verdict, "entries": len(run.Entries)},
	})
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func lasts(d time.Duration) *float64 {
	took := micros(d)
	return &took
}

// traceNames names the processes and their threads. Process 0 is the run as a whole.
func (m *model) traceNames() (events []traceEvent) {
	name := func(what string, process, thread int, name string) {
		events = append(events, traceEvent{Name: what, Phase: "M", Process: process, Thread: thread, Args: map[string]any{"name": name}})
	}
	name("process_name", 0, 0, "the run")
	name("thread_name", 0, eventsThread, "events")
	for d := range m.Drivers {
		name("process_name", d+1, 0, m.name(d))
		name("thread_name", d+1, messagesThread, "messages")
		events = append(events, traceEvent{Name: "process_sort_index", Phase: "M", Process: d + 1, Args: map[string]any{"sort_index": d}})
		name("thread_name", d+1, eventsThread, "events")
		name("thread_name", d+1, stepsThread, "steps")
	}
	return events
}

func (s *span) trace() traceEvent {
	args := map[string]any{"source": s.source}
	if s.err != "" {
		args["error"] = s.err
	}
	return traceEvent{Name: fmt.Sprintf("%d %s", s.step, oneLine(s.text)), Phase: "X", Category: "steps", Process: s.driver + 1,
		Thread: stepsThread + s.depth, At: micros(s.begin), Took: lasts(s.end - s.begin), Args: args}
}

// traceMessage is a slice at each end, as flows need one, and a flow between them.
func (m *model) traceMessage(i int, sent, received slot) []traceEvent {
	a := &m.messages[i]
	args := map[string]any{"event": a.id.String(), "from": m.name(a.from), "to": m.name(a.to)}
	if a.endpoints != "" {
		args["endpoints"] = a.endpoints
	}
	slice := func(verb string, driver int, s slot) traceEvent {
		return traceEvent{Name: verb + counted(a.event, a.count), Phase: "X", Category: "messages", Process: driver + 1, Thread: messagesThread,
			At: micros(s.at), Took: lasts(s.took), Args: args}
	}
	flow := func(phase string, driver int, at time.Duration) traceEvent {
		return traceEvent{Name: counted(a.event, a.count), Phase: phase, Category: "messages", Process: driver + 1, Thread: messagesThread, At: micros(at), ID: i + 1}
	}
	if a.lost() {
		return []traceEvent{slice("lost ", a.from, sent)}
	}
	end := flow("f", a.to, received.at)
	end.Binds = "e"
	return []traceEvent{slice("send ", a.from, sent), flow("s", a.from, sent.at), slice("receive ", a.to, received), end}
}

func traceMark(e *recording.Entry) traceEvent {
	return traceEvent{Name: describe(e), Phase: "i", Category: lookOf(e.Kind).group, Process: e.Driver + 1, Thread: eventsThread, At: micros(e.At), Scope: "t"}
}
