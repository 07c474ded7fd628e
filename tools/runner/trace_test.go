package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Square is the request of the traced scenario, and Squared its response.
type Square struct {
	lahja.Expects[Squared]
	N int
}

// Squared is the response to Square.
type Squared struct{ N int }

// traced is a scenario in which a server sees something in every way there is.
var traced = drivers.Scenario{
	Name: "trace/every-way",
	Rule: "a trace holds all that drivers saw",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
		ignore := func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return nil }
		tick := func(i int) Tick { return Tick{N: i} }
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server),
				drivers.Stream(ticks),
				drivers.Subscribe(ignore),
				drivers.ServeRequests(func(e lahja.Event[Square]) Squared { return Squared{N: e.Data.N * e.Data.N} }),
				drivers.Background("wait", drivers.WaitFor[Squared]()),
				drivers.Checkpoint("listening"),
				drivers.Checkpoint("sent"),
				drivers.NextFrom(ticks),
				drivers.CollectFrom(ticks, 2),
				drivers.Drain(ticks),
				drivers.Join("wait"),
				drivers.DoesNotHold(drivers.IsConnectedTo("nobody"))),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.Checkpoint("listening"),
				drivers.ConnectToEndpoints(server),
				drivers.Throws(drivers.Broadcast(Answer{}), lahja.ErrNoSubscribers),
				drivers.WaitAnyThenBroadcast(Squared{N: 3}),
				drivers.BroadcastEach(5, tick),
				drivers.Request(Square{N: 7}),
				drivers.Throws(drivers.Within(time.Millisecond, drivers.WaitUntilConnectedTo("nobody")), context.DeadlineExceeded),
				drivers.Sync("server"),
				drivers.Checkpoint("sent")),
		}
	},
}

// wantSeen is what they saw, in lines that are sorted, as what a handler sees and
// what an action does come in no particular order.
var wantSeen = map[string][]string{
	"server": {
		"0 ServeEndpoint(\"server\"): ended", "1 Stream[Tick](ticks): ended", "2 Subscribe[Tick](func): ended",
		"2 Subscribe[Tick](func): from 2.1: Tick{\"N\":0} of client", "2 Subscribe[Tick](func): from 2.1: Tick{\"N\":1} of client",
		"2 Subscribe[Tick](func): from 2.1: Tick{\"N\":2} of client", "2 Subscribe[Tick](func): from 2.1: Tick{\"N\":3} of client",
		"2 Subscribe[Tick](func): from 2.1: Tick{\"N\":4} of client",
		"3 ServeRequests[Square](func): ended", "3 ServeRequests[Square](func): from 3.1: Square{\"N\":7} of client",
		"4 WaitFor[Squared](): Squared{\"N\":3} of client", "4 WaitFor[Squared](): ended",
		"5 Checkpoint(\"listening\"): ended", "6 Checkpoint(\"sent\"): ended",
		"7 NextFrom[Tick](ticks): ended", "7 NextFrom[Tick](ticks): from 1.1: Tick{\"N\":0} of client",
		"8 CollectFrom[Tick](ticks, 2): ended", "8 CollectFrom[Tick](ticks, 2): from 1.1: Tick{\"N\":1} of client",
		"8 CollectFrom[Tick](ticks, 2): from 1.1: Tick{\"N\":2} of client",
		"9 Drain[Tick](ticks): ended", "9 Drain[Tick](ticks): from 1.1: Tick{\"N\":3} of client",
		"9 Drain[Tick](ticks): from 1.1: Tick{\"N\":4} of client", "9 Drain[Tick](ticks): from 1.1: nothing more",
		"10 Join(\"wait\"): ended", "11 IsConnectedTo(\"nobody\"): ended: error", "12 end of driver: ended", "12 wait until all drivers have finished: ended",
	},
	"client": {
		"0 RunEndpoint(\"client\"): ended", "1 Checkpoint(\"listening\"): ended", "2 ConnectToEndpoints(\"server\"): ended",
		"3 Broadcast(Answer{}): ended: no subscribers", "4 WaitAnyThenBroadcast(Squared{N:3}): ended",
		"5 BroadcastEach[Tick](5, func): ended", "6 Request(Square{N:7}): Squared{\"N\":49} of server",
		"6 Request(Square{N:7}): ended", "7 WaitUntilConnectedTo(\"nobody\"): ended: timeout",
		"8 Sync(\"server\"): ended", "9 Checkpoint(\"sent\"): ended", "10 end of driver: ended", "10 wait until all drivers have finished: ended",
	},
}

func seen(s engine.Sight) string {
	text := fmt.Sprintf("%d %s: ", s.Action.Index, s.Action.Text)
	if s.Opened != nil {
		text += fmt.Sprintf("from %d.%d: ", s.Opened.Index, s.Opened.Round)
	}
	switch {
	case s.Event != nil:
		text += fmt.Sprintf("%s%s of %s", s.Event.Type[strings.LastIndexByte(s.Event.Type, '.')+1:], s.Event.Data, s.Event.Origin)
	case s.Emptied:
		text += "nothing more"
	case s.Error != "":
		text += "ended: " + s.Error
	default:
		text += "ended"
	}
	return text
}

func TestTraceHoldsAllThatDriversSaw(t *testing.T) {
	for _, e := range runner.Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			report := (&runner.Runner{Engine: e, Trace: true}).Run(t.Context(), traced)
			if err := report.Err(); err != nil {
				t.Fatal(err)
			}
			for _, trace := range report.Traces {
				var got []string
				for _, s := range trace.Sights {
					got = append(got, seen(s))
					if !strings.HasPrefix(s.Action.Source, "trace_test.go:") || s.At.IsZero() {
						t.Errorf("got %+v, without its line or time", s)
					}
				}
				want := slices.Sorted(slices.Values(wantSeen[trace.Driver]))
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%s saw\n%s\nwant\n%s", trace.Driver, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				if !trace.Completed || trace.Endpoint != trace.Driver || trace.Concurrent != (trace.Driver == "server") {
					t.Errorf("got %+v", trace)
				}
			}
			if len(report.Traces) != len(wantSeen) {
				t.Errorf("got %d traces, want %d", len(report.Traces), len(wantSeen))
			}
		})
	}
}

func TestNothingIsTracedUnasked(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Progress: func(_ string, r engine.Record) {
		if r.Kind == engine.RecordSight {
			t.Errorf("got a sight of driver %d", r.Driver)
		}
	}}
	if report := r.Run(t.Context(), traced); report.Err() != nil || report.Traces != nil {
		t.Errorf("got %v and %v", report.Err(), report.Traces)
	}
}
