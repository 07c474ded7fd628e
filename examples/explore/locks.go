package explore

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Lock and Unlock are requests to a server of one lock.
type (
	Lock   struct{ lahja.Expects[Locked] }
	Locked struct{ OK bool }
	Unlock struct{ lahja.Expects[Locked] }
)

func (Lock) EventName() string   { return "locks/lock" }
func (Locked) EventName() string { return "locks/locked" }
func (Unlock) EventName() string { return "locks/unlock" }

// free has a value while nobody has the lock.
var free = d.NewSlot[chan struct{}]("free")

// impatientLocker has a lock that is refused while somebody has it. Who tries again at once
// gives up before the other one has had its turn. The server must answer when it is free.
func impatientLocker(fixed bool) d.Scenario {
	server := d.New(d.ServeEndpoint("locks"),
		d.Do("begin", func(ctx context.Context, s *d.Scope) error {
			lock := make(chan struct{}, 1)
			lock <- struct{}{}
			return free.Save(ctx, s, lock)
		}),
		d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Lock]) (Locked, error) {
			if !fixed && len(free.Get(s)) == 0 {
				return Locked{}, nil
			}
			select {
			case <-free.Get(s):
				return Locked{OK: true}, nil
			case <-ctx.Done():
				return Locked{}, ctx.Err()
			}
		}),
		d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Unlock]) (Locked, error) {
			free.Get(s) <- struct{}{}
			return Locked{}, nil
		}))
	works := func(ctx context.Context, s *d.Scope) error {
		for range attempts {
			lock, err := lahja.Request(ctx, s.Endpoint(), Lock{})
			if err != nil {
				return err
			}
			if lock.Data.OK {
				_, err = lahja.Request(ctx, s.Endpoint(), Unlock{})
				return err
			}
		}
		return errors.New("the lock was never free")
	}
	worker := func(name string) *d.Driver {
		return client(name, "locks", d.WaitUntilAnyEndpointSubscribedTo[Unlock](), d.Checkpoint("morning"), d.Do("work", works), d.Do("work", works))
	}
	return named(fixed, "locks/impatient-locker", "Everybody gets the lock.", server, worker("ann"), worker("bob"))
}
