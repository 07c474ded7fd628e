package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Balance asks for the balance, and Store sets it.
type (
	Balance struct{ lahja.Expects[Amount] }
	Store   struct {
		lahja.Expects[Amount]
		Amount int
		// If says what the balance must be before; the correct version sets Checked.
		If      int
		Checked bool
	}
	Amount struct{ Amount int }
)

func (Balance) EventName() string { return "account/balance" }
func (Store) EventName() string   { return "account/store" }
func (Amount) EventName() string  { return "account/amount" }

var balance = newShared[int]("balance")

// account is a server that keeps a balance.
func account() *d.Driver {
	return d.New(d.ServeEndpoint("account"),
		balance.begin(zero[int]),
		d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Balance]) (Amount, error) {
			return Amount{balance.get(s)}, nil
		}),
		d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Store]) (now Amount, err error) {
			balance.use(s, func(at *int) {
				if !e.Data.Checked || *at == e.Data.If {
					*at = e.Data.Amount
				}
				now.Amount = *at
			})
			return now, nil
		}))
}

// deposit adds to the balance: it reads it and writes it back.
func deposit(amount int, checked bool) d.Action {
	return d.Do("deposit", func(ctx context.Context, s *d.Scope) error {
		for {
			now, err := lahja.Request(ctx, s.Endpoint(), Balance{})
			if err != nil {
				return err
			}
			want := now.Data.Amount + amount
			got, err := lahja.Request(ctx, s.Endpoint(), Store{Amount: want, If: now.Data.Amount, Checked: checked})
			if err != nil || got.Data.Amount == want || !checked {
				return err
			}
		}
	})
}

// lostUpdate has two clients that read a balance and write it back.
func lostUpdate(fixed bool) d.Scenario {
	return named(fixed, "account/lost-update", "Two deposits add up.",
		account(),
		client("ann", "account", d.WaitUntilAnyEndpointSubscribedTo[Store](), d.Signal("ann is there"),
			deposit(10, fixed), d.Checkpoint("deposited")),
		d.New(d.RunEndpoint("bob"), d.Await("ann is there"), d.ConnectToEndpoints("account"),
			d.WaitUntilAnyEndpointSubscribedTo[Store](), deposit(20, fixed), d.Checkpoint("deposited")),
		client("clerk", "account", d.WaitUntilAnyEndpointSubscribedTo[Balance](),
			d.Checkpoint("deposited"), d.Request(Balance{}).Equal(Amount{30})))
}
