package faultcases

import (
	"context"
	"time"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Pauses have a driver stand still at different moments.
var Pauses = []Case{
	pause("it-answers-when-it-goes-on", "", server(), client(
		d.Paused("server", d.Throws(d.Within(200*time.Millisecond, d.Request(Ask{})), context.DeadlineExceeded)),
		d.Request(Ask{}).Equal(Told{"first"}))),
	pause("it-goes-on-where-it-stood", "",
		d.New(d.ServeEndpoint("server"), tells("first"), d.Checkpoint("ready"), d.Sleep(time.Second), d.Broadcast(Tick{1})),
		client(d.Stream(ticks), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("ready"),
			d.Paused("server", d.Throws(d.Within(1500*time.Millisecond, d.NextFrom(ticks)), context.DeadlineExceeded)),
			d.NextFrom(ticks).Equal(Tick{1}))),
	pause("others-can-connect-to-it", "", server(), client(d.Signal("there")),
		d.New(d.RunEndpoint("late"), d.Await("there"),
			d.Paused("server", d.Throws(d.Within(200*time.Millisecond, d.ConnectToEndpoints("server")), context.DeadlineExceeded)),
			d.ConnectToEndpoints("server"))),
	pause("its-time-runs-on", "driver server (endpoint server), action 2: Within(200ms, Opaque(WaitFor[Tick]()))",
		d.New(d.ServeEndpoint("server"), tells("first"), d.Within(200*time.Millisecond, d.Opaque(d.WaitFor[Tick]()))),
		client(d.Paused("server", d.Sleep(400*time.Millisecond)))),
	pause("it-crashes-meanwhile", "", server(), client(d.Paused("server", d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server")))),
	pause("it-is-started-again-meanwhile", "", server(), client(
		d.Paused("server", d.CrashDriver("server"), d.WaitUntilDisconnectedFrom("server"), d.RestartDriver("server")),
		d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ask](), d.Request(Ask{}).Equal(Told{"second"}))),
	pause("twice-at-once", "driver server is paused already", server(), client(d.Paused("server", d.Paused("server")))),
	pause("who-has-ended", "driver other has ended", server(), d.New(d.NoEndpoint("other"), d.Sleep(0)),
		client(d.AwaitDriver("other"), d.Sleep(time.Second), d.Paused("other"))),
}

func pause(name, wrong string, all ...*d.Driver) Case {
	return Case{d.Case("pause-driver/"+name, "A driver that stands still does nothing.", all...).Needing(engine.DriverPauses, engine.DriverFaults), wrong}
}
