package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/onsi/gomega"
)

// Deposit is a request that is sent again if its answer is lost.
type (
	Deposit struct {
		lahja.Expects[Receipt]
		ID, Amount int
	}
	Receipt struct{}
)

func (Deposit) EventName() string { return "bank/deposit" }
func (Receipt) EventName() string { return "bank/receipt" }

var deposits = newShared[map[int]int]("deposits")

// doubleDeposit has a bank that takes a deposit twice if the connection breaks before the
// receipt arrives. It must know a request again.
func doubleDeposit(fixed bool) d.Scenario {
	total := func(_ context.Context, s *d.Scope) error {
		s.Expect(deposits.get(s)).To(gomega.Equal(map[int]int{1: 10}))
		return nil
	}
	return named(fixed, "bank/double-deposit", "A deposit counts once.",
		d.New(d.ServeEndpoint("bank"),
			deposits.begin(func() map[int]int { return map[int]int{} }),
			d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Deposit]) (Receipt, error) {
				deposits.use(s, func(all *map[int]int) {
					if fixed {
						(*all)[e.Data.ID] = e.Data.Amount
					} else {
						(*all)[e.Data.ID] += e.Data.Amount
					}
				})
				return Receipt{}, nil
			}),
			d.Checkpoint("deposited"), d.Do("count", total)),
		client("ann", "bank", d.WaitUntilAnyEndpointSubscribedTo[Deposit](), d.Checkpoint("connected"),
			insist("bank", Deposit{ID: 1, Amount: 10}, func(*d.Scope, Receipt) {}), d.Checkpoint("deposited")),
		d.New(d.NoEndpoint("storm"), d.Checkpoint("connected"), d.Disconnect("ann", "bank"))).Needing(engine.NetworkFaults)
}
