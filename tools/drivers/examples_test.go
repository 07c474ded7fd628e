package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// play runs a scenario on goroutines and prints the verdict.
func play(s d.Scenario) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(context.Background(), s)
	fmt.Println(report.Verdict, report.Scenario)
	if report.Verdict != runner.Passed {
		fmt.Println(report.Failures[0].Message)
	}
}

func ExampleCase() {
	play(d.Case("ticks/reach-the-client", "a client receives what the server broadcasts",
		d.New(d.ServeEndpoint("server"),
			d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.Receives(Tick{N: 1}).From("server"))))
	// Output: passed ticks/reach-the-client
}

func ExampleTable() {
	for _, s := range d.Table("sums", "numbers add up", func(add Add) []*d.Driver {
		return []*d.Driver{
			d.New(d.ServeEndpoint("adder"), d.Serve(sums)),
			d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(add).Returns(Sum{add.A + add.B})),
		}
	}, d.Row[Add]{Name: "small", Value: Add{A: 1, B: 2}}, d.Row[Add]{Name: "large", Value: Add{A: 1 << 30, B: 1}}) {
		play(s)
	}
	// Output:
	// passed sums/small
	// passed sums/large
}

func ExampleServe() {
	play(d.Case("sums/served", "a service answers until all drivers have finished",
		d.New(d.ServeEndpoint("adder"),
			d.Serve(func(ctx context.Context, s *d.Scope, add lahja.Event[Add]) (Sum, error) {
				return Sum{N: add.Data.A + add.Data.B}, nil
			})),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("adder"),
			d.WaitAnyThenRequest(Add{A: 1, B: 2}).Returns(Sum{3}).From("adder"),
			d.Request(Add{A: 2, B: 2}).Matches(gomega.HaveField("N", gomega.BeNumerically(">", 3))))))
	// Output: passed sums/served
}

func ExampleSignal() {
	play(d.Case("signals/one-way", "the client connects after the server has looked around",
		d.New(d.ServeEndpoint("server"),
			d.ConnectedEndpointsAre(),
			d.Signal("alone"),
			d.WaitUntilConnectedTo("client")),
		d.New(d.RunEndpoint("client"),
			d.Await("alone"),
			d.ConnectToEndpoints("server"))))
	// Output: passed signals/one-way
}

func ExampleCheckpoint() {
	play(d.Case("checkpoints/both", "both have subscribed before either broadcasts",
		d.New(d.ServeEndpoint("a"), d.Stream(ticks), d.Checkpoint("listening"), d.WaitAnyThenBroadcast(Tock{}), d.NextFrom(ticks)),
		d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("a"), d.Stream(tocks), d.Checkpoint("listening"), d.WaitAnyThenBroadcast(Tick{}), d.NextFrom(tocks))))
	// Output: passed checkpoints/both
}

var (
	ticks = d.NewSlot[*lahja.Stream[Tick]]("ticks")
	tocks = d.NewSlot[*lahja.Stream[Tock]]("tocks")
)

func ExampleThrows() {
	play(d.Case("throws/nobody-listens", "a broadcast for nobody fails",
		d.New(d.RunEndpoint("alone"),
			d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers))))
	// Output: passed throws/nobody-listens
}

func ExampleReceivesNothing() {
	play(d.Case("filter/not-for-everybody", "an event for one endpoint reaches no other",
		d.New(d.ServeEndpoint("server"),
			d.WaitUntilEndpointSubscribedTo[Tick]("chosen"),
			d.WaitUntilEndpointSubscribedTo[Tick]("other"),
			d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{"chosen"}}),
			d.Signal("sent")),
		d.New(d.RunEndpoint("chosen"), d.ConnectToEndpoints("server"), d.Receives(Tick{N: 1})),
		d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("server"), d.ReceivesNothing[Tick](d.Await("sent")))))
	// Output: passed filter/not-for-everybody
}

func ExampleNewSlot() {
	first := d.NewSlot[lahja.Event[Tick]]("first")
	play(d.Case("slots/keep", "a slot keeps what an action received for a later one",
		d.New(d.ServeEndpoint("server"), d.WaitAnyThenBroadcast(Tick{N: 7})),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitFor[Tick]().Into(first),
			first.Matches(gomega.HaveField("Data.N", 7)))))
	// Output: passed slots/keep
}

func ExampleDo() {
	play(d.Case("do/anything", "a function has the driver's endpoint and can assert",
		d.New(d.RunEndpoint("client"),
			d.Do("look around", func(ctx context.Context, s *d.Scope) error {
				s.Expect(s.Endpoint().Peers().Peers).To(gomega.HaveLen(1))
				return errors.New("nobody is here")
			}))))
	// Output:
	// failed do/anything
	// nobody is here
}

func ExampleWithin() {
	play(d.Case("within/a-bound", "waiting for what never comes ends in time",
		d.New(d.RunEndpoint("client"),
			d.Throws(d.Within(10*time.Millisecond, d.WaitUntilConnectedTo("nobody")), context.DeadlineExceeded))))
	// Output: passed within/a-bound
}
