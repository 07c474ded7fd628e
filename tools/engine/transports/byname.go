package transports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// loopback is where endpoints listen whose host has no address.
const loopback = "127.0.0.1"

// ByName is a transport over another one whose addresses are host:port. Its own addresses are
// names: the run's table of names holds the address of whoever listens under one, with the port
// that the system chose. So drivers know each other's addresses before anybody listens, in any
// process and on any machine, and no port is fixed. A name is free again as soon as its listener
// is closed or its process has ended, even if the port is not:
//
//	var backend = &transports.Backend{
//		BackendName: "mine",
//		New:         func() p2p.Transport { return transports.ByName{Over: mine.New()} },
//		Has:         []engine.Capability{engine.Takeover},
//	}
//
// It works in the endpoints of a Backend alone.
type ByName struct {
	// Over is the transport. Its listeners' Addr is what its Dial takes.
	Over p2p.Transport
}

// place is where a process is: what ByName needs to know of it. It comes with the context, so
// that it finds a ByName beneath whatever transport a Backend has.
type place struct {
	names engine.Names
	host  string // where endpoints listen; empty means loopback
}

type placeKey struct{}

func (p place) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, placeKey{}, p)
}

var errNoNames = errors.New("transports: ByName knows no names; use it in the New or NewPrepared of a Backend, " +
	"and have the transports around it hand on their contexts")

func placeOf(ctx context.Context) (place, error) {
	p, ok := ctx.Value(placeKey{}).(place)
	if !ok {
		return p, errNoNames
	}
	return p, nil
}

// Dial implements p2p.Transport. It ends when whoever listened has gone.
func (t ByName) Dial(ctx context.Context, name string) (net.Conn, error) {
	here, err := placeOf(ctx)
	if err != nil {
		return nil, err
	}
	to, err := here.names.Lookup(ctx, name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { cancel(here.watch(ctx, name, to)) })
	defer watching.Wait()
	defer cancel(nil)
	conn, err := t.Over.Dial(ctx, to.Address)
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	return conn, err
}

// watchEvery is how often a dial looks whether the same listener has the name still.
const watchEvery = 50 * time.Millisecond

// watch returns when whoever was looked up has gone. Over UDP no packet would say so.
func (p place) watch(ctx context.Context, name string, to engine.Listening) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
		now, err := p.names.Lookup(ctx, name)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if now.Serial != to.Serial {
			return fmt.Errorf("%s: another one listens there by now: %w", name, syscall.ECONNREFUSED)
		}
	}
}

// Listen implements p2p.Transport.
func (t ByName) Listen(ctx context.Context, name string) (net.Listener, error) {
	here, err := placeOf(ctx)
	if err != nil {
		return nil, err
	}
	l, err := t.Over.Listen(ctx, net.JoinHostPort(cmp.Or(here.host, loopback), "0"))
	if err != nil {
		return nil, err
	}
	withdraw, err := here.names.Publish(ctx, name, l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return namedListener{l, withdraw}, nil
}

// Close closes the transport beneath if it implements io.Closer.
func (t ByName) Close() error {
	if closer, ok := t.Over.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// named is a transport whose addresses are known before anybody listens, and whose listeners are
// where the table of names says.
type named struct {
	over  p2p.Transport
	names engine.Names
}

// Dial implements p2p.Transport.
func (t named) Dial(ctx context.Context, address string) (net.Conn, error) {
	to, err := t.names.Lookup(ctx, address)
	if err != nil {
		return nil, err
	}
	return t.over.Dial(ctx, to.Address)
}

// Listen implements p2p.Transport.
func (t named) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.over.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	withdraw, err := t.names.Publish(ctx, address, address)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return namedListener{l, withdraw}, nil
}

type namedListener struct {
	net.Listener
	withdraw func() error
}

// Close closes the listener before it withdraws the name: whoever dials it meanwhile is refused.
func (l namedListener) Close() error {
	err := l.Listener.Close()
	return errors.Join(err, l.withdraw())
}
