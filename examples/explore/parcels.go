package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Buy is what a customer asks. The shop tells of the sale, and then has the bank tell of the
// payment.
type (
	Buy struct {
		lahja.Expects[Bought]
		ID int
	}
	Bought struct{}
	Pay    struct {
		lahja.Expects[Bought]
		ID int
	}
	Sale    struct{ ID int }
	Payment struct{ ID int }
	Parcel  struct{ ID int }
)

func (Buy) EventName() string     { return "parcels/buy" }
func (Bought) EventName() string  { return "parcels/bought" }
func (Pay) EventName() string     { return "parcels/pay" }
func (Sale) EventName() string    { return "parcels/sale" }
func (Payment) EventName() string { return "parcels/payment" }
func (Parcel) EventName() string  { return "parcels/parcel" }

type sale struct{ sold, paid bool }

var sales = newShared[sale]("sale")

// overtaken has a depot that ignores a payment for a sale of which it has not heard. Events of
// two senders have no order, so it must take them in any.
func overtaken(fixed bool) d.Scenario {
	var toAll lahja.BroadcastConfig
	ships := func(ctx context.Context, s *d.Scope, learn func(*sale)) error {
		sales.use(s, learn)
		if now := sales.get(s); !now.sold || !now.paid {
			return nil
		}
		return lahja.Broadcast(ctx, s.Endpoint(), Parcel{1}, toAll)
	}
	return named(fixed, "parcels/overtaken", "What is sold and paid is sent.",
		d.New(d.ServeEndpoint("bank"), d.Serve(func(ctx context.Context, s *d.Scope, e lahja.Event[Pay]) (Bought, error) {
			return Bought{}, lahja.Broadcast(ctx, s.Endpoint(), Payment{e.Data.ID}, toAll)
		})),
		d.New(d.ServeEndpoint("shop"), d.ConnectToEndpoints("bank"), d.WaitUntilAnyEndpointSubscribedTo[Pay](),
			d.Serve(func(ctx context.Context, s *d.Scope, e lahja.Event[Buy]) (Bought, error) {
				if err := lahja.Broadcast(ctx, s.Endpoint(), Sale{e.Data.ID}, toAll); err != nil {
					return Bought{}, err
				}
				_, err := lahja.Request(ctx, s.Endpoint(), Pay{ID: e.Data.ID})
				return Bought{}, err
			})),
		d.New(d.ServeEndpoint("depot"), d.ConnectToEndpoints("bank", "shop"), sales.begin(zero[sale]),
			d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Sale]) error {
				return ships(ctx, s, func(now *sale) { now.sold = true })
			}),
			d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Payment]) error {
				return ships(ctx, s, func(now *sale) { now.paid = now.sold || fixed })
			}),
			d.WaitUntilSubscriptionsKnown(), d.Checkpoint("open")),
		d.New(d.RunEndpoint("customer"), d.ConnectToEndpoints("shop", "depot"), d.WaitUntilAnyEndpointSubscribedTo[Buy](),
			d.Stream(parcels), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("open"),
			d.Request(Buy{ID: 1}), d.NextFrom(parcels).Equal(Parcel{1})))
}

var parcels = d.NewSlot[*lahja.Stream[Parcel]]("parcels")
