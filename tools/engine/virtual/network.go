package virtual

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// network is a p2p.Transport within one bubble: listeners, and connections between them whose
// messages the schedule lets arrive.
type network struct {
	engine   Engine
	underWay count // packets that have not arrived
	carriers sync.WaitGroup
	ended    chan struct{}
	faults   networkFaults

	mu        sync.Mutex
	listeners map[string]*listener
	appeared  chan struct{}  // closed when a listener appears; nil if nobody waits
	dialled   map[string]int // connections by dialler and address
	opened    map[string]int // endpoints by name
	views     map[string]*view
}

func newNetwork(e Engine) *network {
	return &network{engine: e, ended: make(chan struct{}), listeners: map[string]*listener{}, dialled: map[string]int{}, opened: map[string]int{}, views: map[string]*view{}}
}

// pause waits for d, or until the run has ended.
func (n *network) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-n.ended:
	}
}

// end has everything arrive that is still under way, or held back: nobody is there any more.
func (n *network) end() {
	_ = n.faults.Heal() // There may be nothing to heal.
	close(n.ended)
	n.carriers.Wait()
}

// As implements engine.Named.
func (n *network) As(endpoint string) (p2p.Transport, error) {
	v := &view{network: n, endpoint: endpoint}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.views[endpoint] = v
	return v, nil
}

// latest is the view of the endpoint of that name that was opened last.
func (n *network) latest(endpoint string) *view {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.views[endpoint]
}

// Dial implements p2p.Transport, for nobody in particular.
func (n *network) Dial(ctx context.Context, address string) (net.Conn, error) {
	return (&view{network: n, endpoint: "somebody"}).Dial(ctx, address)
}

// Listen implements p2p.Transport, for nobody in particular.
func (n *network) Listen(ctx context.Context, address string) (net.Listener, error) {
	return (&view{network: n, endpoint: "somebody"}).Listen(ctx, address)
}

// random makes the random numbers of the next endpoint of that name.
func (n *network) random(endpoint string) rand.Source {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.opened[endpoint]++
	return source(n.engine.Seed, endpoint, uint64(n.opened[endpoint]))
}

// Listen implements p2p.Transport.
func (v *view) Listen(ctx context.Context, address string) (net.Listener, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if v.dead.Load() {
		return nil, errDead
	}
	n := v.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, fmt.Errorf("virtual: another listener is at %q: %w", address, syscall.EADDRINUSE)
	}
	l := newListener(v, address)
	n.listeners[address] = l
	if n.appeared != nil {
		close(n.appeared)
		n.appeared = nil
	}
	return l, nil
}

// listener returns the one at address, or else a channel that is closed when one appears.
func (n *network) listener(address string) (*listener, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.listeners[address]; l != nil {
		return l, nil
	}
	if n.appeared == nil {
		n.appeared = make(chan struct{})
	}
	return nil, n.appeared
}

func (n *network) remove(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, l.address)
}

// number numbers the connections of a dialler to an address.
func (n *network) number(from, to string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	pair := from + ">" + to
	n.dialled[pair]++
	return n.dialled[pair]
}

// view is the network as an endpoint sees it, whose connections bear its name.
type view struct {
	*network
	endpoint string
	// dead is set when its driver has crashed, stopped while its driver is paused.
	dead, stopped atomic.Bool
}

// errDead is the error of what a driver does that has crashed.
var errDead = fmt.Errorf("virtual: %w: its driver has crashed", net.ErrClosed)

// kill ends everything that the endpoint has on the network, without a word. What it has sent
// arrives.
func (v *view) kill() {
	v.dead.Store(true)
	for _, l := range v.listening() {
		_ = l.Close() // It may be closed already.
	}
	for _, c := range v.faults.connections() {
		if c.dialler == v {
			c.there.closeWriter()
			c.back.closeReader()
		}
		if c.listener == v {
			c.back.closeWriter()
			c.there.closeReader()
		}
	}
}

func (v *view) listening() (all []*listener) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, address := range slices.Sorted(maps.Keys(v.listeners)) {
		if l := v.listeners[address]; l.view == v {
			all = append(all, l)
		}
	}
	return all
}

// dials is what an actor does that connects.
type dials string

func (d dials) String() string { return "dials " + string(d) }

// Dial implements p2p.Transport. It waits for a listener to appear until ctx ends.
func (v *view) Dial(ctx context.Context, address string) (net.Conn, error) {
	v.engine.Schedule.turn(ctx, v.endpoint, dials(address))
	v.faults.Pass(v.endpoint, address, ctx.Done())
	for {
		if v.dead.Load() {
			return nil, errDead
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("virtual: dialling %q: %w", address, context.Cause(ctx))
		}
		l, appeared := v.listener(address)
		if l == nil {
			select {
			case <-appeared:
			case <-ctx.Done():
				return nil, fmt.Errorf("virtual: nobody listens at %q: %w: %w", address, syscall.ECONNREFUSED, context.Cause(ctx))
			}
			continue
		}
		if conn := l.connect(v); conn != nil {
			return conn, nil
		}
		// The listener was closed meanwhile; there may be another.
	}
}

// address is that of a listener and of both ends of its connections.
type address string

func (address) Network() string  { return "virtual" }
func (a address) String() string { return string(a) }

// listener implements net.Listener.
type listener struct {
	view    *view
	address string

	mu      sync.Mutex
	changed sync.Cond
	queue   []net.Conn
	closed  bool
}

func newListener(v *view, address string) *listener {
	l := &listener{view: v, address: address}
	l.changed.L = &l.mu
	return l
}

// connect returns nil if the listener is closed.
func (l *listener) connect(from *view) net.Conn {
	number := from.number(from.endpoint, l.address)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	client, server := from.pipe(from, l.view, l.address, number)
	l.queue = append(l.queue, server)
	l.changed.Signal()
	return client
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for (len(l.queue) == 0 || l.view.standing()) && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "virtual", Addr: l.Addr(), Err: net.ErrClosed}
	}
	conn := l.queue[0]
	l.queue = l.queue[1:]
	return conn, nil
}

// Close gives the address back and closes the connections that were not accepted.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: "virtual", Addr: l.Addr(), Err: net.ErrClosed}
	}
	l.view.remove(l)
	l.closed = true
	for _, conn := range l.queue {
		_ = conn.Close() // It cannot fail.
	}
	l.queue = nil
	l.changed.Broadcast()
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.address) }
