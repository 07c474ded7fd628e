package machines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/engine/netns"
)

// ErrUnavailable says that no machines can be made here, and why.
var ErrUnavailable = errors.New("machines: no machines can be made here")

// Plan says which machines there are.
type Plan struct {
	// Inside are the names of machines that reach each other and the hub, Outside those that reach
	// the hub alone, at netns.OutsideAddress. A name has at most ten characters.
	Inside, Outside []string
	// Ahead is how far the clocks of machines are ahead of this one's, in whole seconds, by their
	// names; see Act.
	Ahead map[string]time.Duration
}

// hub is the hub's name.
const hub = "hub"

// Lab is some machines.
type Lab struct {
	network  *netns.Network
	machines map[string]*Machine
}

// Start makes machines. It fails with ErrUnavailable where none can be made.
func Start(ctx context.Context, plan Plan) (*Lab, error) {
	if err := available(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	network, err := netns.Start(ctx, plan.Inside...)
	if errors.Is(err, netns.ErrUnavailable) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return nil, err
	}
	l := &Lab{network: network, machines: map[string]*Machine{}}
	if err := l.start(ctx, plan); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context, plan Plan) error {
	outside, err := l.network.Outside(ctx, plan.Outside...)
	if err != nil {
		return err
	}
	for _, h := range slices.Concat(l.network.Hosts(), outside, []netnsHost{l.network.Hub()}) {
		m := &Machine{Name: h.Name, Address: h.Address, network: l.network}
		l.machines[h.Name] = m
		err := m.boot(h.Command[len(h.Command)-1], plan.Ahead[h.Name])
		if errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if err != nil {
			return fmt.Errorf("machines: %s: %w", h.Name, err)
		}
	}
	return nil
}

// Machine returns the machine of this name. It panics if there is none.
func (l *Lab) Machine(name string) *Machine {
	if m := l.machines[name]; m != nil {
		return m
	}
	panic("machines: the plan has no " + name)
}

// Hub returns the machine that all others reach.
func (l *Lab) Hub() *Machine { return l.machines[hub] }

// Close ends all machines with everything that runs there.
func (l *Lab) Close() error {
	var errs []error
	for m := range maps.Values(l.machines) {
		errs = append(errs, m.halt())
	}
	l.machines = nil
	return errors.Join(append(errs, l.network.Close())...)
}
