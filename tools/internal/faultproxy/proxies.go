package faultproxy

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/faults"
)

// Proxies are those of one run. All methods are safe for concurrent use.
type Proxies struct {
	faults.State
	network string
	dir     string
	bound   time.Duration
	ctx     context.Context
	stop    context.CancelFunc
	all     sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	listeners map[pair]net.Listener
	conns     map[*conn]bool
	timers    []*time.Timer
}

// pair is who dials, and whom.
type pair struct{ from, to string }

// Resolve returns where an endpoint listens.
type Resolve func(ctx context.Context) (address string, err error)

// New returns proxies on "tcp", or on "unix" in a directory. A connection that is cut for longer than
// the bound is reset.
func New(network, dir string, bound time.Duration) *Proxies {
	p := &Proxies{network: network, dir: dir, bound: bound, listeners: map[pair]net.Listener{}, conns: map[*conn]bool{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Via returns the address at which one endpoint reaches another through a proxy. That asks to for
// where the other one listens whenever somebody connects.
func (p *Proxies) Via(from, to string, at Resolve) (address string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return "", fmt.Errorf("faultproxy: %w", net.ErrClosed)
	}
	if l := p.listeners[pair{from, to}]; l != nil {
		return l.Addr().String(), nil
	}
	where := "127.0.0.1:0"
	if p.network == "unix" {
		where = filepath.Join(p.dir, fmt.Sprintf("proxy-%d", len(p.listeners)+1))
	}
	l, err := net.Listen(p.network, where)
	if err != nil {
		return "", fmt.Errorf("faultproxy: listen between %s and %s: %w", from, to, err)
	}
	p.listeners[pair{from, to}] = l
	p.all.Go(func() { p.accept(l, pair{from, to}, at) })
	return l.Addr().String(), nil
}

// accept accepts connections until the proxies are closed.
func (p *Proxies) accept(l net.Listener, of pair, at Resolve) {
	for {
		client, err := l.Accept()
		if err != nil {
			return // It was closed.
		}
		p.all.Go(func() { p.serve(client, of, at) })
	}
}

// serve connects a client to its server.
func (p *Proxies) serve(client net.Conn, of pair, at Resolve) {
	address, err := at(p.ctx)
	var server net.Conn
	if err == nil {
		server, err = new(net.Dialer).DialContext(p.ctx, p.network, address)
	}
	if err != nil {
		reset(client) // Nobody listens, or no longer.
		return
	}
	c := newConn(p, of, client, server)
	if !p.add(c) {
		c.abort()
		return
	}
	c.run()
	p.remove(c)
}

func (p *Proxies) add(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.conns[c] = true
	}
	return !p.closed
}

func (p *Proxies) remove(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// between are the connections that a fault is about.
func (p *Proxies) between(f engine.Fault) (all []*conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if f.Between(c.from, c.to) || f.Between(c.to, c.from) {
			all = append(all, c)
		}
	}
	return all
}

// Inject makes a fault happen, or ends it; see engine.FaultInjector.
func (p *Proxies) Inject(f engine.Fault) error {
	switch f.Kind {
	case engine.FaultHeal:
		return p.Heal()
	case engine.FaultDisconnect:
		return p.disconnect(f)
	case engine.FaultPartition:
		p.Begin(f)
		p.endLater(p.between(f))
		return nil
	}
	p.Begin(f)
	return nil
}

// endLater resets connections after the bound if they are still cut.
func (p *Proxies) endLater(conns []*conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.timers = append(p.timers, time.AfterFunc(p.bound, func() {
			if p.Cut(c.from, c.to) || p.Cut(c.to, c.from) {
				c.abort()
			}
		}))
	}
}

func (p *Proxies) disconnect(f engine.Fault) error {
	conns := p.between(f)
	if len(conns) == 0 {
		return faults.NothingToBreak(f)
	}
	for _, c := range conns {
		if f.OneWay {
			c.halve(f.From)
		} else {
			c.abort()
		}
	}
	return nil
}

// Close ends all proxies and their connections, and waits for that.
func (p *Proxies) Close() {
	p.stop()
	p.mu.Lock()
	p.closed = true
	for _, t := range p.timers {
		t.Stop()
	}
	for _, l := range p.listeners {
		_ = l.Close() // Nobody dials any more.
	}
	for c := range p.conns {
		c.abort()
	}
	p.mu.Unlock()
	p.all.Wait()
}
