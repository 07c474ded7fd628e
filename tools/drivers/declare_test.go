package drivers_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Add asks for a Sum.
type Add struct {
	lahja.Expects[Sum]
	A, B int
}

type Sum struct{ N int }

func (Add) EventName() string { return "drivers/add" }
func (Sum) EventName() string { return "drivers/sum" }

func sums(_ context.Context, _ *d.Scope, add lahja.Event[Add]) (Sum, error) {
	return Sum{N: add.Data.A + add.Data.B}, nil
}

var gathered = d.NewSlot[[]lahja.Event[Tick]]("gathered")

// declared are scenarios, and what the report must say; "" where they pass.
var declared = map[string]struct {
	drivers []*d.Driver
	says    string
}{
	"names are enough, and endpoints stay open": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(sums)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{A: 1, B: 2}).Returns(Sum{3}).From("adder")),
	}},
	"an answer that differs": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(sums)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{A: 1, B: 2}).Returns(Sum{4})),
	}, says: `WaitAnyThenRequest(Add{A:1 B:2}).Returns(Sum{N:4})`},
	"an answer from somebody else": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(sums)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{A: 1, B: 2}).From("client")),
	}, says: "came from adder, want it from client"},
	"once": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(sums).Once(), d.Signal("served"),
			d.Throws(d.Within(time.Second, d.Request(Add{})), lahja.ErrNoSubscribers)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{A: 1}).Returns(Sum{1}), d.Await("served")),
	}},
	"a service that fails": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Add]) (Sum, error) {
			return Sum{}, errors.New("out of numbers")
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{})),
	}, says: "out of numbers"},
	"a service that asks somebody who is not there": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Add]) (Sum, error) {
			_, err := lahja.Request(ctx, s.Endpoint(), Ping{})
			return Sum{}, err
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitAnyThenRequest(Add{})),
	}, says: "no subscribers"},
	"a service whose requester leaves": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Add]) (Sum, error) {
			if err := lahja.Broadcast(ctx, s.Endpoint(), Tick{}); err != nil {
				return Sum{}, err
			}
			return Sum{}, lahja.WaitUntilDisconnectedFrom(ctx, s.Endpoint(), "client")
		}).Once()),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.Stream(ticks), d.WaitUntilSubscriptionsKnown(), d.WaitUntilAnyEndpointSubscribedTo[Add](),
			d.Background("ask", d.Throws(d.Request(Add{}), lahja.ErrLifecycle)), d.NextFrom(ticks), d.CloseEndpoint()),
	}},
	"a service that waits for the end": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("adder"), d.Serve(func(ctx context.Context, _ *d.Scope, _ lahja.Event[Add]) (Sum, error) {
			<-ctx.Done()
			return Sum{}, ctx.Err()
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("adder"), d.WaitUntilAnyEndpointSubscribedTo[Add](),
			d.Throws(d.Within(50*time.Millisecond, d.Request(Add{})), context.DeadlineExceeded)),
	}},
	"signals are counted": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.Repeat(3, d.Signal("round"))),
		d.New(d.ServeEndpoint("b"), d.Repeat(3, d.Signal("round"))),
		d.New(d.RunEndpoint("c"), d.Repeat(3, d.Await("round"))),
	}},
	"a signal that is missed": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.Do("decide", func(context.Context, *d.Scope) error { return nil }), d.Throws(d.Parallel(d.Signal("go"), d.Do("fail", func(context.Context, *d.Scope) error { return lahja.ErrInvalid })), lahja.ErrInvalid)),
		d.New(d.RunEndpoint("b"), d.Await("go"), d.Await("go")),
	}, says: `signal "go" is broken: round 2, sent by: nobody; not by: a (has finished its actions`},
	"a signal that nobody sends": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.Signal("payed")),
		d.New(d.RunEndpoint("b"), d.Await("paid")),
	}, says: `no driver sends this signal (did you mean "payed"?)`},
	"a signal sent too few times": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.Signal("go")),
		d.New(d.RunEndpoint("b"), d.Await("go"), d.Await("go")),
	}, says: "which sends the signal once, and this driver awaits it 2 times; send it as often"},
	"signals in opposite orders": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.Await("from b"), d.Signal("from a")),
		d.New(d.RunEndpoint("b"), d.Await("from a"), d.Signal("from b")),
	}, says: "in opposite orders"},
	"a driver is awaited": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("a"), d.AwaitDriver("b"), d.IsConnectedTo("b")),
		d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("a"), d.Repeat(2, d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true}))),
		d.New(d.RunEndpoint("c"), d.Repeat(2, d.AwaitDriver("b"))),
	}},
	"a driver that nobody is": {drivers: []*d.Driver{
		d.New(d.RunEndpoint("client"), d.Sleep(0)),
		d.New(d.RunEndpoint("b"), d.AwaitDriver("cleint")),
	}, says: `no other driver is named "cleint" (did you mean "client"?)`},
	"drivers that await each other": {drivers: []*d.Driver{
		d.New(d.RunEndpoint("a"), d.AwaitDriver("b")),
		d.New(d.RunEndpoint("b"), d.AwaitDriver("a")),
	}, says: `waits at finish of driver "b" for b`},
	"several in order": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("server"), d.Collect[Tick](3).InOrder(Tick{0}, Tick{1}, Tick{2}).From("client").Each(gomega.HaveField("N", gomega.BeNumerically("<", 3)))),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Tick](), d.BroadcastEach(3, func(i int) Tick { return Tick{i} })),
	}},
	"what a handler gathered": {drivers: []*d.Driver{
		d.New(d.RunEndpoint("client"), d.Gathered(gathered).InOrder(), d.Subscribe(d.Append(gathered)),
			d.BroadcastEach(2, func(i int) Tick { return Tick{i} }), d.Sync("client"), d.Gathered(gathered).InOrder(Tick{0}, Tick{1})),
	}},
	"a raw connection to a name waits for the listener": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("server")),
		d.New(d.NoEndpoint("stranger"), d.RawConnection("server", "says nothing", func(context.Context, *d.Scope, net.Conn) error { return nil })),
	}},
	"a peer of several that does not come": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("server"), d.Within(100*time.Millisecond, d.WaitUntilConnectedTo("a", "b"))),
		d.New(d.RunEndpoint("a"), d.ConnectToEndpoints("server")),
	}, says: `WaitUntilConnectedTo("a", "b")`},
	"several in another order": {drivers: []*d.Driver{
		d.New(d.ServeEndpoint("server"), d.Collect[Tick](2).InAnyOrder(Tick{1}, Tick{0}).InOrder(Tick{1}, Tick{0})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Tick](), d.BroadcastEach(2, func(i int) Tick { return Tick{i} })),
	}, says: "event 1 of 2 is Tick{N:0} from client, want Tick{N:1}"},
}

func TestDeclared(t *testing.T) {
	for name, c := range declared {
		t.Run(name, func(t *testing.T) {
			r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
			report := r.Run(t.Context(), d.Case("declared/"+name, "it says what it is for", c.drivers...))
			text := report.String()
			if failed := report.Err() != nil; failed != (c.says != "") || !strings.Contains(text, c.says) {
				t.Errorf("want it to say %q, got\n%s", c.says, text)
			}
		})
	}
}

func TestCaseFuncBuildsDriversForEachRun(t *testing.T) {
	runs := 0
	scenario := d.CaseFunc("declared/func", "it is called for each run", func(env *d.Env) []*d.Driver {
		ran := make(chan struct{})
		return []*d.Driver{d.New(d.ServeEndpoint(env.Config("server")), d.Checkpoint("ready"), d.Do("run", func(context.Context, *d.Scope) error {
			close(ran)
			runs++
			return nil
		})), d.New(d.RunEndpoint("client"), d.Checkpoint("ready"))}
	}).Resting("ready")
	if _, line := scenario.Location(); scenario.Rests != "ready" || line == 0 {
		t.Errorf("it rests at %q and stands on line %d", scenario.Rests, line)
	}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	for range 2 {
		if err := r.Run(t.Context(), scenario).Err(); err != nil {
			t.Error(err)
		}
	}
	if runs != 2 {
		t.Errorf("it ran %d times", runs)
	}
}

func TestTableMakesAScenarioOfEachRow(t *testing.T) {
	var seen []string
	all := d.Table("sum", "numbers add up", func(n int) []*d.Driver {
		return []*d.Driver{d.New(d.RunEndpoint("a"), d.Do("add", func(context.Context, *d.Scope) error {
			seen = append(seen, strings.Repeat("+", n))
			return nil
		}))}
	}, d.Row[int]{Name: "one", Value: 1}, d.Row[int]{Name: "two", Value: 2})
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	for i, want := range []string{"sum/one", "sum/two"} {
		if err := r.Run(t.Context(), all[i]).Err(); err != nil || all[i].Name != want {
			t.Errorf("%s: %v, want %s to pass", all[i].Name, err, want)
		}
	}
	if strings.Join(seen, " ") != "+ ++" {
		t.Errorf("got %q", seen)
	}
}
