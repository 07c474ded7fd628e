package explore

import (
	"context"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/onsi/gomega"
)

// Browse and Order are what a guest asks, and Orders is what the kitchen asks. Ordered tells
// of each order.
type (
	Browse struct{ lahja.Expects[Menu] }
	Menu   struct{ Dishes []string }
	Order  struct {
		lahja.Expects[Confirmed]
		ID int
	}
	Confirmed  struct{}
	Orders     struct{ lahja.Expects[OpenOrders] }
	OpenOrders struct{ IDs []int }
	Ordered    struct{ ID int }
)

func (Browse) EventName() string     { return "orders/browse" }
func (Menu) EventName() string       { return "orders/menu" }
func (Order) EventName() string      { return "orders/order" }
func (Confirmed) EventName() string  { return "orders/confirmed" }
func (Orders) EventName() string     { return "orders/list" }
func (OpenOrders) EventName() string { return "orders/open" }
func (Ordered) EventName() string    { return "orders/ordered" }

var (
	open    = newShared[[]int]("open orders")
	listed  = d.NewSlot[lahja.Event[OpenOrders]]("listed")
	ordered = d.NewSlot[*lahja.Stream[Ordered]]("ordered")
)

// waiter takes orders, and tells of them.
func waiter() *d.Driver {
	return d.New(d.ServeEndpoint("waiter"),
		open.begin(zero[[]int]),
		d.ServeRequests(func(lahja.Event[Browse]) Menu { return Menu{[]string{"soup", "fish"}} }),
		d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Orders]) (OpenOrders, error) {
			return OpenOrders{open.get(s)}, nil
		}),
		d.Serve(func(ctx context.Context, s *d.Scope, e lahja.Event[Order]) (Confirmed, error) {
			open.use(s, func(all *[]int) { *all = append(slices.Clip(*all), e.Data.ID) })
			return Confirmed{}, lahja.Broadcast(ctx, s.Endpoint(), Ordered{e.Data.ID}, lahja.BroadcastConfig{AllowNoSubscribers: true})
		}))
}

// lateSubscriber has a kitchen that asks for the open orders and then subscribes to new ones,
// so it knows nothing of an order in between. It must subscribe first.
func lateSubscriber(fixed bool) d.Scenario {
	list := d.Request(Orders{}).Into(listed)
	subscribe := d.Sequence(d.Stream(ordered), d.WaitUntilSubscriptionsKnown())
	first, then := d.Action(list), subscribe
	if fixed {
		first, then = subscribe, list
	}
	return named(fixed, "orders/late-subscriber", "The kitchen hears of every order.",
		waiter(),
		d.New(d.RunEndpoint("guest"), d.Await("the kitchen opens"), d.ConnectToEndpoints("waiter"),
			d.WaitUntilAnyEndpointSubscribedTo[Order](), d.Request(Browse{}), d.Request(Order{ID: 7}), d.Signal("ordered")),
		client("kitchen", "waiter", d.WaitUntilAnyEndpointSubscribedTo[Orders](), d.Signal("the kitchen opens"),
			first, then, d.Await("ordered"), d.Sync("waiter"),
			d.Do("cook", func(_ context.Context, s *d.Scope) error {
				known := listed.Get(s).Data.IDs
				for e, ok := ordered.Get(s).TryNext(); ok; e, ok = ordered.Get(s).TryNext() {
					known = append(known, e.Data.ID)
				}
				s.Expect(known).To(gomega.ContainElement(7))
				return nil
			})))
}
