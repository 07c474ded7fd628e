package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/onsi/gomega"
)

// Quote asks a dealer for a price, Offer is the answer. A dealer asks a wholesaler for what is
// not in stock.
type (
	Quote struct{ Item string }
	Offer struct {
		Item  string
		Price int
	}
	Wholesale struct{ lahja.Expects[Price] }
	Price     struct{ Price int }
)

func (Quote) EventName() string     { return "quotes/quote" }
func (Offer) EventName() string     { return "quotes/offer" }
func (Wholesale) EventName() string { return "quotes/wholesale" }
func (Price) EventName() string     { return "quotes/price" }

var offers = d.NewSlot[*lahja.Stream[Offer]]("offers")

func dealer(name string, offer func(ctx context.Context, s *d.Scope) (Offer, error)) *d.Driver {
	return d.New(d.ServeEndpoint(name), d.ConnectToEndpoints("wholesaler"), d.WaitUntilAnyEndpointSubscribedTo[Wholesale](),
		d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Quote]) error {
			answer, err := offer(ctx, s)
			if err != nil {
				return err
			}
			return lahja.Broadcast(ctx, s.Endpoint(), answer, lahja.BroadcastConfig{})
		}))
}

// mixedUp has a buyer that takes the first offer for that of the first dealer. The answers to
// two questions come in any order, so it must look at what they are about.
func mixedUp(fixed bool) d.Scenario {
	ask := func(dealer, item string) d.Action {
		return d.Sequence(d.ConnectToEndpoints(dealer), d.WaitUntilEndpointSubscribedTo[Quote](dealer), d.WaitUntilSubscriptionsKnown(),
			d.Broadcast(Quote{item}, lahja.BroadcastConfig{FilterEndpoints: []string{dealer}}))
	}
	return named(fixed, "quotes/mixed-up", "An apple costs 1, and a pear 2.",
		d.New(d.ServeEndpoint("wholesaler"), d.ServeRequests(func(lahja.Event[Wholesale]) Price { return Price{2} })),
		dealer("apples", func(context.Context, *d.Scope) (Offer, error) { return Offer{"apple", 1}, nil }),
		dealer("pears", func(ctx context.Context, s *d.Scope) (Offer, error) {
			price, err := lahja.Request(ctx, s.Endpoint(), Wholesale{})
			return Offer{"pear", price.Data.Price}, err
		}),
		d.New(d.RunEndpoint("buyer"), d.Stream(offers), ask("apples", "apple"), ask("pears", "pear"),
			d.CollectFrom(offers, 2).Then(func(_ context.Context, s *d.Scope, got []lahja.Event[Offer]) error {
				prices := map[string]int{}
				for i, e := range got {
					item := []string{"apple", "pear"}[i]
					if fixed {
						item = e.Data.Item
					}
					prices[item] = e.Data.Price
				}
				s.Expect(prices).To(gomega.Equal(map[string]int{"apple": 1, "pear": 2}))
				return nil
			})))
}
