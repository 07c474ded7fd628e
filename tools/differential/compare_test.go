package differential_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

var (
	stream = engine.Opening{Place: engine.Place{Index: 1, Text: "Stream[Tick](ticks)"}, Round: 1}
	taken  = engine.Place{Index: 2, Text: "CollectFrom[Tick](ticks, 3)"}
	drain  = engine.Place{Index: 3, Text: "Drain[Tick](ticks)"}
)

func event(data, origin string) *engine.SeenEvent {
	return &engine.SeenEvent{Type: "Tick", Data: data, Origin: origin}
}

// saw is what a server took from its stream: pairs of origin and data, a letter
// each.
func saw(place engine.Place, pairs ...string) []engine.Sight {
	var all []engine.Sight
	for _, p := range pairs {
		all = append(all, engine.Sight{Action: place, Opened: &stream, Event: event(p[1:], p[:1])})
	}
	return all
}

// heard is what a handler received.
func heard(pairs ...string) []engine.Sight { return saw(stream.Place, pairs...) }

func emptied(all []engine.Sight) []engine.Sight {
	return append(all, engine.Sight{Action: drain, Opened: &stream, Emptied: true})
}

func ended(class, text string) []engine.Sight {
	return []engine.Sight{{Action: taken, Ended: true, Error: class, Text: text}}
}

// report is a run in which the server saw that, and a and b are the senders.
func report(sights []engine.Sight, traces ...func(all []runner.Trace)) *runner.Report {
	start := time.Unix(1, 0)
	for i := range sights {
		sights[i].At = start.Add(time.Duration(i) * time.Millisecond)
	}
	all := []runner.Trace{{Driver: "server", Completed: true, Sights: sights}, {Driver: "a", Endpoint: "a", Completed: true}}
	for _, change := range traces {
		change(all)
	}
	return &runner.Report{Engine: "e", Verdict: runner.Passed, Traces: all}
}

func stopped(all []runner.Trace)    { all[0].Completed = false }
func concurrent(all []runner.Trace) { all[1].Concurrent = true }

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b *runner.Report
		want string
	}{
		{"two senders mix otherwise", report(saw(drain, "a1", "b1", "a2")), report(saw(drain, "b1", "a1", "a2")), ""},
		{"one sender is reordered", report(saw(drain, "a1", "a2")), report(saw(drain, "a2", "a1")), "server: event 1 from a"},
		{"a sender of several goroutines is reordered", report(saw(drain, "a1", "a2"), concurrent), report(saw(drain, "a2", "a1"), concurrent), ""},
		{"a sender of several goroutines is altered", report(saw(drain, "a1", "a2"), concurrent), report(saw(drain, "a3", "a1"), concurrent), "server: event 2 from a"},
		{"three are taken, of whom is left open", report(saw(taken, "a1", "a2", "b1")), report(saw(taken, "a1", "b1", "b2")), ""},
		{"fewer are taken", report(saw(taken, "a1", "a2", "b1")), report(saw(taken, "a1", "b1")), "server: event 2 from a"},
		{"one is missing in a stream that was emptied", report(emptied(saw(drain, "a1", "a2", "b1"))), report(emptied(saw(drain, "a1", "b1", "b2"))), "server: event 2 from a"},
		{"one is missing at a handler", report(heard("a1", "a2", "b1")), report(heard("a1", "b1", "b2")), "server: event 2 from a"},
		{"one is missing where the driver was stopped", report(heard("a1", "a2")), report(heard("a1"), stopped), ""},
		{"one is altered where the driver was stopped", report(heard("a1", "a2")), report(heard("a3"), stopped), "server: event 1 from a"},
		{"one comes twice", report(heard("a1")), report(heard("a1", "a1")), "server: event 2 from a"},
		{"one comes from nobody", report(nil), report(heard("c1")), "server: event 1 from c"},
		{"an action ends otherwise", report(ended("no subscribers", "x")), report(ended("", "")), "server: how it ended"},
		{"an error says the same in other words", report(ended("no subscribers", "x")), report(ended("no subscribers", "y")), ""},
		{"the first comes first", report(append(heard("a1", "a2"), ended("", "")...)), report(append(ended("error", ""), heard("a1", "a3")...)), "server: how it ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, order := range [][2]*runner.Report{{c.a, c.b}, {c.b, c.a}} {
				got := ""
				if all := differential.Compare(order[0], order[1]); len(all) > 0 {
					got = "server: how it ended"
					if origin := all[0].List.Origin; origin != "" {
						got = fmt.Sprintf("%s: event %d from %s", all[0].Driver, all[0].Number, origin)
					}
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}
