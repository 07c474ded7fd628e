package recording_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// Order is what the examples send.
type Order struct{ N int }

func (Order) EventName() string { return "shop/order" }

// A runner with a Store keeps its runs. Read one to ask what happened: here who sent what to
// whom.
func ExampleStore() {
	dir, err := os.MkdirTemp("", "runs")
	noError(err)
	defer os.RemoveAll(dir)
	store := &recording.Store{Dir: dir, All: true}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Store: store}
	r.Run(context.Background(), drivers.Case("shop/order", "the shop gets an order",
		drivers.New(drivers.ServeEndpoint("shop"), drivers.Receives(Order{N: 1})),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("shop"), drivers.WaitAnyThenBroadcast(Order{N: 1}))))

	last, err := store.Find("last")
	noError(err)
	run, err := recording.Load(last)
	noError(err)
	fmt.Println(run.Scenario, run.Outcome.Verdict)
	for _, e := range run.Entries {
		if e.Kind == recording.Sent && e.Event == "shop/order" {
			fmt.Println(run.Drivers[e.Driver].Name, e.Kind, e.Event, "to", e.Peer)
		}
	}
	// Output:
	// shop/order passed
	// client sent shop/order to shop
}

// A ring also works without a runner: as the observer of any endpoint, it holds the last things
// that the endpoint did.
func ExampleRing() {
	ctx := context.Background()
	ring := recording.NewRing(100)
	ep, err := p2p.RunEndpoint(ctx, "shop", &p2p.Options{Observer: ring.Observer()})
	noError(err)
	orders, err := lahja.NewStream[Order](ep)
	noError(err)
	noError(lahja.Broadcast(ctx, ep, Order{N: 1}))
	_, err = orders.Next(ctx)
	noError(err)
	noError(ep.Close())
	for _, e := range ring.Read().Entries {
		fmt.Println(e.Kind, e.Event)
	}
	// Unordered output:
	// subscribed shop/order
	// sent shop/order
	// received shop/order
	// taken shop/order
	// unsubscribed shop/order
}

// A run can also be written by hand, to test what reads one. Times count from Began.
func ExampleRun() {
	id := recording.ID{Instance: 1, Sequence: 1}
	run := &recording.Run{
		Header: recording.Header{Schema: recording.Schema, Scenario: "shop/order",
			Drivers: []recording.Driver{{Name: "shop", Endpoint: "shop"}, {Name: "client", Endpoint: "client"}}},
		Entries: []recording.Entry{
			{At: 1 * time.Millisecond, Driver: 1, Kind: recording.Sent, Peer: "shop", Event: "shop/order", ID: id},
			{At: 2 * time.Millisecond, Driver: 0, Kind: recording.Received, Peer: "client", Event: "shop/order", ID: id},
		},
	}
	fmt.Println("on its way for", run.Entries[1].At-run.Entries[0].At)
	// Output: on its way for 1ms
}

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}
