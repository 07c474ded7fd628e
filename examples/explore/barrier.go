package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Begin and Finish are what a worker says to the barrier, which opens when all have finished.
// Meanwhile it gets a tool from the shed.
type (
	Begin  struct{ lahja.Expects[Noted] }
	Tool   struct{ lahja.Expects[Noted] }
	Finish struct{ lahja.Expects[Noted] }
	Noted  struct{}
	Opened struct{ Finished int }
)

func (Begin) EventName() string  { return "barrier/begin" }
func (Tool) EventName() string   { return "barrier/tool" }
func (Finish) EventName() string { return "barrier/finish" }
func (Noted) EventName() string  { return "barrier/noted" }
func (Opened) EventName() string { return "barrier/opened" }

type counts struct{ Begun, Finished int }

var (
	atBarrier = newShared[counts]("at the barrier")
	opened    = d.NewSlot[*lahja.Stream[Opened]]("opened")
)

// opensEarly has a barrier that counts those who have begun, so it opens while one has not
// begun yet. It must know how many there are.
func opensEarly(fixed bool) d.Scenario {
	barrier := d.New(d.ServeEndpoint("barrier"),
		atBarrier.begin(func() counts { return counts{} }),
		d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Begin]) (Noted, error) {
			atBarrier.use(s, func(c *counts) { c.Begun++ })
			return Noted{}, nil
		}),
		d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Finish]) (_ Noted, err error) {
			atBarrier.use(s, func(c *counts) { c.Finished++ })
			now := atBarrier.get(s)
			if all := now.Begun; now.Finished == all && !fixed || now.Finished == 2 {
				err = lahja.Broadcast(ctx, s.Endpoint(), Opened{now.Finished}, lahja.BroadcastConfig{})
			}
			return Noted{}, err
		}))
	worker := func(name string) *d.Driver {
		return client(name, "barrier", d.WaitUntilAnyEndpointSubscribedTo[Finish](), d.Checkpoint("morning"),
			d.Request(Begin{}), d.ConnectToEndpoints("shed"), d.WaitUntilAnyEndpointSubscribedTo[Tool](),
			d.Request(Tool{}), d.Request(Finish{}))
	}
	return named(fixed, "barrier/opens-early", "The barrier opens when both workers have finished.",
		barrier, worker("ann"), worker("bob"),
		d.New(d.ServeEndpoint("shed"), d.ServeRequests(func(lahja.Event[Tool]) Noted { return Noted{} })),
		client("foreman", "barrier", d.Stream(opened), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("morning"),
			d.NextFrom(opened).Equal(Opened{2})))
}
