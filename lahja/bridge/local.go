package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja/natsbus"
)

// local is one run of an endpoint on a socket, and what stands for it on the server (proxy). It is
// in Bridge.locals until the proxy has left the server: two proxies of one run would hear everything
// twice.
type local struct {
	bridge   *Bridge
	name     string
	instance uint64
	proxy    *natsbus.Proxy
	made     chan struct{} // closed when there is a proxy, or failed says why not
	failed   error
	over     chan struct{} // closed when the proxy has left the server

	mu     sync.Mutex
	pairs  map[string]*pair // by the name of the other side
	claims int              // who is about to add a pair
	ended  bool             // no pairs may be added
	idle   *time.Timer      // ends it, while there are neither pairs nor claims
	vacant chan struct{}    // closed while there are neither
}

func newLocal(b *Bridge, name string, instance uint64) *local {
	l := &local{bridge: b, name: name, instance: instance, made: make(chan struct{}), over: make(chan struct{}),
		pairs: map[string]*pair{}, claims: 1, vacant: make(chan struct{})}
	return l
}

// open makes the proxy.
func (l *local) open(ctx context.Context) {
	b := l.bridge
	events := natsbus.ProxyEvents(passing{l})
	if b.hooks.events != nil {
		events = b.hooks.events(l.name, events)
	}
	proxy, err := natsbus.NewProxy(ctx, l.name, l.instance, b.opts.NATS, events)
	if err != nil {
		l.abandon(err)
		return
	}
	l.proxy = proxy
	b.log("an endpoint on a socket comes to the server", "endpoint", l.name)
	close(l.made)
}

// abandon ends a local that got no proxy.
func (l *local) abandon(reason error) {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.failed = reason
	close(l.made)
	l.leave()
}

// claim keeps the local until release, unless it has ended.
func (l *local) claim() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.occupyLocked()
	l.claims++
	return true
}

// release ends a claim.
func (l *local) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims--
	l.vacateLocked()
}

// add makes a pair known, unless there is one with the same remote or the local has ended. The
// caller has a claim.
func (l *local) add(p *pair) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.pairs[p.remote] != nil {
		return false
	}
	l.pairs[p.remote] = p
	return true
}

// remove forgets a pair.
func (l *local) remove(p *pair) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pairs[p.remote] == p {
		delete(l.pairs, p.remote)
		l.vacateLocked()
	}
}

// occupyLocked notes that somebody needs the local.
func (l *local) occupyLocked() {
	if l.idle != nil {
		l.idle.Stop()
		l.idle = nil
	}
	if isClosed(l.vacant) {
		l.vacant = make(chan struct{})
	}
}

// vacateLocked lets the endpoint leave the server after a while, if nobody needs it.
func (l *local) vacateLocked() {
	if len(l.pairs) > 0 || l.claims > 0 || l.ended || isClosed(l.vacant) {
		return
	}
	close(l.vacant)
	l.idle = time.AfterFunc(idleFor, func() { l.bridge.goes(l.endIfVacant) })
}

// vacated returns a channel that is closed while nobody needs the local.
func (l *local) vacated() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.vacant
}

// endIfVacant takes the endpoint off the server, unless somebody needs it, and waits for that.
func (l *local) endIfVacant() {
	l.mu.Lock()
	first := !l.ended && isClosed(l.vacant)
	l.ended = l.ended || first
	ended := l.ended
	l.mu.Unlock()
	if first {
		l.leave()
	}
	if ended {
		<-l.over
	}
}

// end ends all pairs, and then takes the endpoint off the server.
func (l *local) end(reason error) {
	l.mu.Lock()
	first := !l.ended
	l.ended = true
	pairs := l.pairs
	l.pairs = map[string]*pair{}
	if l.idle != nil {
		l.idle.Stop()
	}
	l.mu.Unlock()
	var all sync.WaitGroup
	for _, p := range pairs {
		all.Go(func() {
			p.fail(reason)
			<-p.done
		})
	}
	all.Wait()
	if <-l.made; first && l.failed == nil {
		l.leave()
	}
	<-l.over
}

// leave takes the endpoint off the server. It is called once.
func (l *local) leave() {
	b := l.bridge
	if l.proxy != nil {
		if err := l.proxy.Close(); err != nil {
			b.warn("an endpoint did not leave the server in order", err, "endpoint", l.name)
		}
		b.log("an endpoint on a socket has left the server", "endpoint", l.name)
	}
	b.mu.Lock()
	if b.locals[l.name] == l {
		delete(b.locals, l.name)
	}
	b.mu.Unlock()
	close(l.over)
}

func (l *local) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pairs)
}

func (l *local) pairWith(remote string) *pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pairs[remote]
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
