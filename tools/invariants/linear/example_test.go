package linear_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/invariants/linear"
	"github.com/lahja/go-lahja/tools/runner"
)

type Balance struct{ Amount int }

type SetBalance struct {
	lahja.Expects[Balance]
	Amount int
}

type GetBalance struct {
	lahja.Expects[Balance]
}

func (Balance) EventName() string    { return "bank.Balance" }
func (SetBalance) EventName() string { return "bank.SetBalance" }
func (GetBalance) EventName() string { return "bank.GetBalance" }

// write and read are operations on the balance.
func write(amount int) drivers.Action {
	return drivers.Operate("balance", linear.Write(amount), func(ctx context.Context, s *drivers.Scope) (any, error) {
		_, err := lahja.Request(ctx, s.Endpoint(), SetBalance{Amount: amount})
		return nil, err
	})
}

func read() drivers.Action {
	return drivers.Operate("balance", linear.Read(), func(ctx context.Context, s *drivers.Scope) (any, error) {
		answer, err := lahja.Request(ctx, s.Endpoint(), GetBalance{})
		return answer.Data.Amount, err
	})
}

// A bank that answers reads with the balance before the last write.
func Example() {
	var balance, before int
	bank := drivers.Case("bank/balance", "a read gets what was written last",
		drivers.New(drivers.ServeEndpoint("bank"),
			drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, set lahja.Event[SetBalance]) error {
				before, balance = balance, set.Data.Amount
				return set.Respond(ctx, Balance{Amount: balance})
			}),
			drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, get lahja.Event[GetBalance]) error {
				return get.Respond(ctx, Balance{Amount: before})
			}),
			drivers.Signal("open")),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("bank"), drivers.Await("open"),
			drivers.WaitUntilSubscriptionsKnown(), drivers.Sync("bank"),
			write(5), read()))
	bank.Invariants = []invariants.Invariant{linear.Register("balance", 0)}

	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(context.Background(), bank)
	fmt.Println(report.Verdict)
	fmt.Println(report.Reason)
	// Output:
	// failed
	// balance is linearizable: no order of the operations on balance explains that client got 0
}

// A queue that gives the last value first is no queue.
func ExampleQueue() {
	var stack []int
	put := func(n int) drivers.Action {
		return drivers.Operate("jobs", linear.Put(n), func(context.Context, *drivers.Scope) (any, error) {
			stack = append(stack, n)
			return nil, nil
		})
	}
	take := drivers.Operate("jobs", linear.Take(), func(context.Context, *drivers.Scope) (any, error) {
		last := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return last, nil
	})
	jobs := drivers.Case("jobs/order", "jobs are taken in order", drivers.New(drivers.NoEndpoint("worker"), put(1), put(2), take))
	jobs.Invariants = []invariants.Invariant{linear.Queue("jobs")}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	fmt.Println(r.Run(context.Background(), jobs).Reason)
	// Output: jobs is linearizable: no order of the operations on jobs explains that worker got 2
}
