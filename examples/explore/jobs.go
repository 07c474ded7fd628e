package explore

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Submit and Status are what a client says about a job, Job and Ready what builder and server
// say to each other.
type (
	Submit struct{ lahja.Expects[State] }
	Status struct{ lahja.Expects[State] }
	State  struct{ Ready bool }
	Job    struct{}
	Ready  struct{}
)

func (Submit) EventName() string { return "jobs/submit" }
func (Status) EventName() string { return "jobs/status" }
func (State) EventName() string  { return "jobs/state" }
func (Job) EventName() string    { return "jobs/job" }
func (Ready) EventName() string  { return "jobs/ready" }

// attempts is how often somebody tries who gives up then.
const attempts = 500

var ready = newShared[bool]("ready")

// impatientPoller has a client that asks at once again whether its job is done. It gives up
// before the builder has had its turn. It must pause in between.
func impatientPoller(fixed bool) d.Scenario {
	var toAll lahja.BroadcastConfig
	poll := func(ctx context.Context, s *d.Scope) error {
		for range attempts {
			now, err := lahja.Request(ctx, s.Endpoint(), Status{})
			if err != nil || now.Data.Ready {
				return err
			}
			if fixed {
				if err := s.Engine().Sleep(ctx, 10*time.Millisecond); err != nil {
					return err
				}
			}
		}
		return errors.New("the job was not done in time")
	}
	return named(fixed, "jobs/impatient-poller", "A job gets done.",
		d.New(d.ServeEndpoint("jobs"), ready.begin(zero[bool]),
			d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Submit]) (State, error) {
				return State{}, lahja.Broadcast(ctx, s.Endpoint(), Job{}, toAll)
			}),
			d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Status]) (State, error) {
				return State{ready.get(s)}, nil
			}),
			d.Subscribe(func(_ context.Context, s *d.Scope, _ lahja.Event[Ready]) error {
				ready.use(s, func(now *bool) { *now = true })
				return nil
			})),
		client("builder", "jobs",
			d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Job]) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Ready{}, toAll)
			}),
			d.WaitUntilAnyEndpointSubscribedTo[Ready](), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("at work")),
		client("client", "jobs", d.WaitUntilAnyEndpointSubscribedTo[Status](), d.Checkpoint("at work"),
			d.Request(Submit{}), d.Do("poll", poll)))
}
