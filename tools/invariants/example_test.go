package invariants_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// Order is what these tests send.
type Order struct{ N int }

func (Order) EventName() string { return "shop/order" }

// The invariants of the bus, and two more.
func Example() {
	once := invariants.Func("no order is handled twice", func(run *recording.Run) error {
		handled := map[recording.ID]recording.Entry{}
		for _, e := range run.Entries {
			if e.Kind != recording.Taken {
				continue
			}
			if first, twice := handled[e.ID]; twice {
				return invariants.BrokenBy([]recording.Entry{first, e}, "order %v was handled twice", e.ID)
			}
			handled[e.ID] = e
		}
		return nil
	})
	s := drivers.Case("shop/order", "the shop gets an order",
		drivers.New(drivers.ServeEndpoint("shop"), drivers.Receives(Order{N: 1})),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("shop"), drivers.WaitAnyThenBroadcast(Order{N: 1})))
	s.Invariants = append(invariants.Bus(), once, invariants.Sometimes("the client sends twice", func(run *recording.Run) bool {
		sent := 0
		for _, e := range run.Entries {
			if e.Kind == recording.Sent && e.Event == "shop/order" {
				sent += max(1, e.Count)
			}
		}
		return sent > 1
	}))
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(context.Background(), s)
	for _, o := range report.Invariants {
		fmt.Println(o.Verdict, "-", o.Name)
	}
	fmt.Println(report.Verdict)
	// Output:
	// held - order per sender and subscription
	// held - exactly once to each live subscription
	// held - answers only to their requests
	// held - nothing after unsubscribe
	// held - no order is handled twice
	// unseen - the client sends twice
	// passed
}

// Check looks at one run. An invariant that the recording cannot decide is undecided, and not held.
func ExampleCheck() {
	run := &recording.Run{Header: recording.Header{Drivers: []recording.Driver{{Name: "shop", Endpoint: "shop"}}},
		Entries: []recording.Entry{{Kind: recording.Taken, Event: "shop/order", ID: recording.ID{Instance: 1, Sequence: 1}}}}
	outcomes := invariants.Check([]invariants.Invariant{
		invariants.Func("an order is taken", func(run *recording.Run) error {
			if len(run.Entries) == 0 {
				return invariants.ErrUndecided
			}
			return nil
		}),
		invariants.Func("nothing is taken", func(run *recording.Run) error {
			return invariants.BrokenBy(run.Entries, "%s was taken", run.Entries[0].Event)
		}),
		invariants.Func("an order is paid", func(*recording.Run) error { return invariants.ErrUndecided }),
	}, run)
	tally := invariants.Tally{}
	tally.Add(outcomes)
	for _, o := range outcomes {
		fmt.Printf("%s: %s (%s)\n", o.Name, o.Verdict, o.Reason)
	}
	fmt.Println(outcomes[0].Verdict == invariants.Held, outcomes[1].Verdict == invariants.Broken, outcomes[2].Verdict == invariants.Undecided)
	// Output:
	// an order is taken: held ()
	// nothing is taken: broken (shop/order was taken)
	// an order is paid: undecided (undecided)
	// true true true
}
