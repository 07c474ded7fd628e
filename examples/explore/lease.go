package explore

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/onsi/gomega"
)

// Acquire asks for the lease of a file, which lasts for leaseTime, and Write writes to it.
type (
	Acquire struct{ lahja.Expects[Lease] }
	Lease   struct{ Token int } // 0 if somebody else has it
	Write   struct {
		lahja.Expects[Written]
		Token int
	}
	Written struct{ OK bool }
)

func (Acquire) EventName() string { return "lease/acquire" }
func (Lease) EventName() string   { return "lease/lease" }
func (Write) EventName() string   { return "lease/write" }
func (Written) EventName() string { return "lease/written" }

const leaseTime = time.Second

type granted struct {
	token int
	until time.Time
}

var (
	leases   = newShared[granted]("leases")
	lastInto = newShared[int]("token of the last writer")
)

// writeOnce gets the lease, and writes.
func writeOnce(ctx context.Context, s *d.Scope) error {
	for {
		lease, err := lahja.Request(ctx, s.Endpoint(), Acquire{})
		if err != nil {
			return err
		}
		if lease.Data.Token > 0 {
			_, err = lahja.Request(ctx, s.Endpoint(), Write{Token: lease.Data.Token})
			return err
		}
		if err := s.Engine().Sleep(ctx, leaseTime/4); err != nil {
			return err
		}
	}
}

// expiredLease has a file that takes what a writer sent whose lease expired on the way. It must
// refuse tokens that are older than the last one.
func expiredLease(fixed bool) d.Scenario {
	writer := func(name string) *d.Driver {
		return d.New(d.RunEndpoint(name), d.ConnectToEndpoints("leases", "file"), d.WaitUntilAnyEndpointSubscribedTo[Acquire](),
			d.WaitUntilAnyEndpointSubscribedTo[Write](), d.Checkpoint("connected"),
			d.Within(time.Minute, d.Do("write", writeOnce)))
	}
	return named(fixed, "lease/expired", "Writers come after each other in the order of their leases.",
		d.New(d.ServeEndpoint("leases"), leases.begin(func() granted { return granted{} }),
			d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Acquire]) (got Lease, err error) {
				leases.use(s, func(g *granted) {
					if now := time.Now(); now.After(g.until) {
						*g = granted{g.token + 1, now.Add(leaseTime)}
						got.Token = g.token
					}
				})
				return got, nil
			})),
		d.New(d.ServeEndpoint("file"), lastInto.begin(zero[int]),
			d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Write]) (done Written, err error) {
				lastInto.use(s, func(last *int) {
					if done.OK = !fixed || e.Data.Token > *last; done.OK {
						s.Expect(e.Data.Token).To(gomega.BeNumerically(">", *last), "the lease has expired")
						*last = e.Data.Token
					}
				})
				return done, nil
			})),
		writer("ann"), writer("bob"),
		d.New(d.NoEndpoint("storm"), d.Checkpoint("connected"), d.Delay("bob", "file", 2*leaseTime), d.Sleep(3*leaseTime), d.Heal())).
		Needing(engine.NetworkFaults).WithTimeout(2 * time.Minute)
}
