package main

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Order asks orders to sell something, and Charge asks payments for its price.
type (
	Order struct {
		lahja.Expects[Placed]
		ID, Price int
	}
	Placed struct {
		ID   int
		Paid bool
	}
	Charge struct {
		lahja.Expects[Charged]
		Price int
	}
	Charged struct{ OK bool }
	// Sold tells everybody that an order was placed and paid.
	Sold struct{ ID int }
)

func (Order) EventName() string   { return "shop/order" }
func (Placed) EventName() string  { return "shop/placed" }
func (Charge) EventName() string  { return "shop/charge" }
func (Charged) EventName() string { return "shop/charged" }
func (Sold) EventName() string    { return "shop/sold" }

// place is the service of orders: it has the price charged, and tells what it sold.
func place(ctx context.Context, s *d.Scope, order lahja.Event[Order]) (Placed, error) {
	charged, err := lahja.Request(ctx, s.Endpoint(), Charge{Price: order.Data.Price})
	if err != nil || !charged.Data.OK {
		return Placed{ID: order.Data.ID}, err
	}
	err = lahja.Broadcast(ctx, s.Endpoint(), Sold{order.Data.ID}, lahja.BroadcastConfig{AllowNoSubscribers: true})
	return Placed{ID: order.Data.ID, Paid: true}, err
}

// charge is the service of payments: it declines prices above 100, after a while.
func charge(after time.Duration) func(context.Context, *d.Scope, lahja.Event[Charge]) (Charged, error) {
	return func(ctx context.Context, s *d.Scope, c lahja.Event[Charge]) (Charged, error) {
		return Charged{OK: c.Data.Price <= 100}, s.Engine().Sleep(ctx, after)
	}
}

func orders() *d.Driver {
	return d.New(d.ServeEndpoint("orders"),
		d.ConnectToEndpoints("payments"),
		d.WaitUntilAnyEndpointSubscribedTo[Charge](),
		d.Serve(place))
}

func payments(after time.Duration) *d.Driver {
	return d.New(d.ServeEndpoint("payments"), d.Serve(charge(after)))
}

func client(actions ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint("client"), append([]d.Action{d.ConnectToEndpoints("orders")}, actions...)...)
}

func cache(actions ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint("cache"), append([]d.Action{d.ConnectToEndpoints("orders")}, actions...)...)
}

var sold = d.NewSlot[*lahja.Stream[Sold]]("sold")

var scenarios = []d.Scenario{
	d.Case("shop/paid", "An order that is paid reaches the cache.",
		orders(), payments(0),
		cache(d.Stream(sold), d.WaitUntilSubscriptionsKnown(), d.Signal("cache listens"), d.NextFrom(sold).Equal(Sold{1})),
		client(d.Await("cache listens"), d.WaitAnyThenRequest(Order{ID: 1, Price: 20}).Returns(Placed{1, true}).From("orders"))),

	d.Case("shop/declined", "An order that is declined is answered, and the cache hears nothing of it.",
		orders(), payments(0),
		cache(d.ReceivesNothing[Sold](d.Signal("cache listens"), d.AwaitDriver("client"))),
		client(d.Await("cache listens"), d.WaitAnyThenRequest(Order{ID: 2, Price: 500}).Returns(Placed{2, false}))),

	d.Case("shop/cache-crashes", "Orders are placed although the cache has crashed.",
		orders(), payments(0),
		cache(d.Crash()),
		client(d.AwaitDriver("cache"), d.WaitAnyThenRequest(Order{ID: 3, Price: 20}).Returns(Placed{3, true}))).Needing(engine.ProcessIsolation),

	d.Case("shop/slow-payments", "A client need not wait for slow payments.",
		orders(), payments(time.Minute),
		client(d.WaitUntilAnyEndpointSubscribedTo[Order](),
			d.Throws(d.Within(100*time.Millisecond, d.Request(Order{ID: 4, Price: 20})), context.DeadlineExceeded))),

	d.Case("shop/streamed", "The cache receives orders in the order in which they were placed.",
		orders(), payments(0),
		cache(d.Stream(sold), d.WaitUntilSubscriptionsKnown(), d.Signal("cache listens"),
			d.CollectFrom(sold, 10).InOrder(d.Series(10, func(i int) Sold { return Sold{i} })...)),
		client(d.Await("cache listens"), d.WaitUntilAnyEndpointSubscribedTo[Order](),
			d.Sequence(d.Series(10, func(i int) d.Action { return d.Request(Order{ID: i, Price: i}).Returns(Placed{i, true}) })...))),
}
