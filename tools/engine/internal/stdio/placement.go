package stdio

import (
	"context"
	"sync"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// Starter starts a relay on a machine, with these arguments.
type Starter interface {
	StartRelay(ctx context.Context, args []string) (Session, error)
}

// Place returns the placement of a run's drivers, of which each has the index of its machine in at.
func Place[S Starter](at []int, machines []S) subprocess.Placement {
	p := &placement{at: at}
	for _, m := range machines {
		p.places = append(p.places, &place{machine: m})
	}
	return p
}

type placement struct {
	at     []int
	places []*place
}

// place is a run's part on one machine.
type place struct {
	machine Starter

	beginning sync.Mutex // held while the relay is started
	remote    *Remote
	failed    error // why there is none
}

// Start implements subprocess.Placement.
func (p *placement) Start(ctx context.Context, spec subprocess.Spec) (subprocess.Process, error) {
	remote, err := p.places[p.at[spec.Driver]].begin(ctx, spec.Args)
	if err != nil {
		return nil, err
	}
	return remote.Start(ctx, spec)
}

// Close implements subprocess.Placement.
func (p *placement) Close() (left []string) {
	for _, at := range p.places {
		if at.remote != nil {
			left = append(left, at.remote.Close()...)
		}
	}
	return left
}

// begin returns the machine's relay. It is started with the first process, whose arguments it gets:
// where a test function dispatches, they choose that.
func (at *place) begin(ctx context.Context, args []string) (*Remote, error) {
	at.beginning.Lock()
	defer at.beginning.Unlock()
	if at.remote == nil && at.failed == nil {
		session, err := at.machine.StartRelay(ctx, args)
		if err == nil {
			at.remote, err = Begin(ctx, session)
		}
		at.failed = err
	}
	return at.remote, at.failed
}
