package faultcases

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Faults make each fault of the network, and expect what it does.
var Faults = []Case{
	fault("a-partition-holds-back-until-it-heals", "", takes(),
		d.Partition("client", "server"), d.Broadcast(Tick{1}), d.Sleep(time.Second), d.Heal()),
	fault("a-partition-that-lasts-ends-connections", "",
		[]d.Action{d.Stream(ticks), d.Within(time.Minute, d.WaitUntilDisconnectedFrom("client"))},
		d.Partition("client", "server"), d.Broadcast(Tick{1}), d.Within(time.Minute, d.WaitUntilDisconnectedFrom("server"))),
	fault("a-partition-holds-back-who-connects", "", []d.Action{d.Stream(ticks), d.WaitUntilDisconnectedFrom("client"), d.NextFrom(ticks).Equal(Tick{1})},
		d.Disconnect("client", "server"), d.WaitUntilDisconnectedFrom("server"), d.Partition("client", "server"),
		d.Throws(d.Within(500*time.Millisecond, d.ConnectToEndpoints("server")), context.DeadlineExceeded),
		d.Heal(), d.ConnectToEndpoints("server"), d.WaitAnyThenBroadcast(Tick{1})),
	fault("one-direction-stays-open", "", takes(),
		d.PartitionFrom("server", "client"), d.Broadcast(Tick{1}),
		d.Throws(d.Within(time.Second, d.Sync("server")), context.DeadlineExceeded), d.Heal()),
	fault("a-delay", "",
		[]d.Action{d.Stream(ticks), d.Throws(d.Within(600*time.Millisecond, d.NextFrom(ticks)), context.DeadlineExceeded), d.NextFrom(ticks).Equal(Tick{1})},
		d.Delay("client", "server", time.Second), d.Broadcast(Tick{1}), d.Sleep(1500*time.Millisecond)),
	fault("a-disconnect", "",
		[]d.Action{d.Stream(ticks), d.WaitUntilDisconnectedFrom("client")},
		d.Disconnect("client", "server"), d.WaitUntilDisconnectedFrom("server")),
	fault("half-open", "",
		[]d.Action{d.Stream(ticks), d.Checkpoint("broken"), d.WaitUntilConnectedTo("client")},
		d.HalfOpen("client", "server"), d.WaitUntilDisconnectedFrom("server"), d.Checkpoint("broken")),
	fault("half-open-shows-when-the-other-one-writes", "",
		[]d.Action{d.Stream(ticks), d.Checkpoint("broken"), d.Throws(d.Sync("client"), lahja.ErrRemoteDisconnected), d.WaitUntilDisconnectedFrom("client")},
		d.HalfOpen("client", "server"), d.WaitUntilDisconnectedFrom("server"), d.Checkpoint("broken")),
	fault("a-partition-that-holds-nothing-back", "vacuous: the partition of client and server affected nothing", takes(),
		d.Broadcast(Tick{1}), d.Sleep(time.Second), d.Partition("client", "server"), d.Heal()),
	fault("nothing-to-heal", "there is nothing to heal", takes(), d.Broadcast(Tick{1}), d.Heal()),
	fault("nothing-to-disconnect", "there is no connection to break", takes(), d.Broadcast(Tick{1}), d.Disconnect("client", "nobody")),
}

// fault is a scenario of a server, and of a client that is connected to it.
func fault(name, wrong string, server []d.Action, client ...d.Action) Case {
	return Case{d.Case("network-fault/"+name, "A fault is noticed as it must be.",
		d.New(d.ServeEndpoint("server"), server...),
		d.New(d.RunEndpoint("client"), append([]d.Action{d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Tick]()}, client...)...)).
		Needing(engine.NetworkFaults), wrong}
}

func takes() []d.Action {
	return []d.Action{d.Stream(ticks), d.Within(time.Minute, d.NextFrom(ticks).Equal(Tick{1}))}
}
