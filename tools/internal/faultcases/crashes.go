// Package faultcases has scenarios of faults, which tests run on every engine that has those.
package faultcases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Case is a scenario, and what the report of it says if it must fail.
type Case struct {
	Scenario d.Scenario
	Wrong    string
}

// Judge says what is wrong with the report of a run that passed, or did not; "" if nothing is.
func (c Case) Judge(passed bool, report string) string {
	switch {
	case c.Wrong == "" && !passed:
		return "want that it passes, got " + report
	case !strings.Contains(strings.Join(strings.Fields(report), " "), c.Wrong):
		return fmt.Sprintf("want %q, got %s", c.Wrong, report)
	}
	return ""
}

// Ask is answered with Told.
type (
	Ask struct {
		lahja.Expects[Told]
		N int
	}
	Told struct{ By string }
	Tick struct{ N int }
)

// EventName implements lahja.Named.
func (Ask) EventName() string { return "faultcases/ask" }

// EventName implements lahja.Named.
func (Told) EventName() string { return "faultcases/told" }

// EventName implements lahja.Named.
func (Tick) EventName() string { return "faultcases/tick" }

// Crashes have a driver crash at different moments.
var Crashes = []Case{
	crash("a-peer-notices", "", server(), client(d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server"))),
	crash("what-serves-again-answers-again", "", server(), client(
		d.Request(Ask{}).Equal(Told{"first"}),
		d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server"), d.RestartDriver("server"),
		d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ask](), d.Request(Ask{}).Equal(Told{"second"}))),
	crash("it-crashes-again", "", server(), client(
		d.CrashDriver("server"), d.RestartDriver("server"), d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server"))),
	crash("it-serves-a-third-time", "", server(), client(
		d.CrashDriver("server"), d.RestartDriver("server"), d.CrashDriver("server"), d.RestartDriver("server"),
		d.WaitUntilDisconnectedFrom("server"),
		d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ask](), d.Request(Ask{}).Equal(Told{"second"}))),
	crash("while-it-works", "",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Ask]) (Told, error) {
			return Told{}, s.Engine().Sleep(ctx, time.Minute)
		})),
		client(d.Background("ask", d.Throws(d.Request(Ask{}), lahja.ErrRemoteDisconnected)), d.Sleep(100*time.Millisecond), d.CrashDriver("server"), d.Join("ask"))),
	crash("only-the-restarted-one-sends", "",
		d.New(d.ServeEndpoint("server"), tells("first")).OnRestart(d.Sleep(1500*time.Millisecond), d.WaitAnyThenBroadcast(Tick{2})),
		client(d.Stream(ticks), d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server"), d.RestartDriver("server"),
			d.ConnectToEndpoints("server"), d.NextFrom(ticks).Equal(Tick{2}))),
	crash("who-has-ended", "driver other has ended already, so that its crash affects nothing",
		server(), d.New(d.NoEndpoint("other"), d.Sleep(0)), client(d.AwaitDriver("other"), d.Sleep(time.Second), d.CrashDriver("other"))),
	crash("who-has-not-crashed", `driver "server" has not crashed`, server(), client(d.RestartDriver("server"))),
	crash("who-has-crashed", "driver server has crashed already", server(), client(d.CrashDriver("server"), d.CrashDriver("server"))),
	crash("what-it-does-then-fails", "driver server (endpoint server), action 2: ",
		d.New(d.ServeEndpoint("server"), tells("first")).OnRestart(d.Within(500*time.Millisecond, d.Opaque(d.WaitFor[Tick]()))),
		client(d.CrashDriver("server"), d.RestartDriver("server"), d.Sleep(time.Second))),
	crash("whom-others-await", "server had crashed, and had not come to Checkpoint(\"never\")",
		d.New(d.ServeEndpoint("server"), tells("first"), d.Within(time.Minute, d.Sleep(time.Minute)), d.Checkpoint("never")),
		client(d.CrashDriver("server"), d.Checkpoint("never"))),
	crash("nobody", `"sever" is no other driver`, server(), client(d.CrashDriver("sever"))),
	crash("meets-others-again", "nobody waits for a driver that was started again",
		d.New(d.ServeEndpoint("server"), tells("first")).OnRestart(d.Checkpoint("again")), client(d.CrashDriver("server"))),
	crash("awaits-a-signal-again", "how many this one had awaited depends on when it crashed",
		d.New(d.ServeEndpoint("server"), tells("first"), d.Await("go")).OnRestart(d.Await("go")), client(d.Signal("go"), d.CrashDriver("server"))),
	crash("awaits-another-driver-again", "",
		d.New(d.ServeEndpoint("server"), tells("first")).OnRestart(d.AwaitDriver("client")), client(d.CrashDriver("server"), d.RestartDriver("server"))),
}

var ticks = d.NewSlot[*lahja.Stream[Tick]]("ticks")

func crash(name, wrong string, all ...*d.Driver) Case {
	return Case{d.Case("crash-driver/"+name, "A crash is noticed as it must be.", all...).Needing(engine.DriverFaults), wrong}
}

func server() *d.Driver {
	return d.New(d.ServeEndpoint("server"), tells("first")).OnRestart(tells("second"))
}

func client(actions ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint("client"),
		append([]d.Action{d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ask]()}, actions...)...)
}

// tells answers with a name.
func tells(by string) d.Action {
	return d.Serve(func(context.Context, *d.Scope, lahja.Event[Ask]) (Told, error) { return Told{by}, nil })
}
