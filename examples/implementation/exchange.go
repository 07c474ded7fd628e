package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// exchange is where endpoints meet. Its lock puts all events in one order: an event
// has reached all its receivers before the next one reaches any.
type exchange struct {
	mu      sync.Mutex
	serving map[string]*endpoint
	open    map[*endpoint]bool
	changed chan struct{} // closed when somebody begins to serve
}

func newExchange() *exchange {
	return &exchange{serving: map[string]*endpoint{}, open: map[*endpoint]bool{}, changed: make(chan struct{})}
}

// link is what one endpoint has with another one, and back is the other one's.
type link struct {
	peer   *endpoint
	remote *core.Remote
	back   *link
	gone   chan struct{} // closed when it has ended; shared with back
}

func (x *exchange) serve(e *endpoint) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.serving[e.core.Name()] != nil {
		return e.fail("serve", e.core.Name(), lahja.ErrConnectionAttemptRejected, "another endpoint of that name serves at the exchange")
	}
	x.serving[e.core.Name()] = e
	close(x.changed)
	x.changed = make(chan struct{})
	return nil
}

// find waits for an endpoint that serves under the name.
func (x *exchange) find(ctx context.Context, e *endpoint, name string) (*endpoint, error) {
	wait := time.NewTimer(e.wait)
	defer wait.Stop()
	for {
		x.mu.Lock()
		found, changed := x.serving[name], x.changed
		x.mu.Unlock()
		if found != nil {
			return found, nil
		}
		select {
		case <-changed:
		case <-e.core.Done():
			return nil, e.fail("connect", name, lahja.ErrLifecycle, "it was closed")
		case <-ctx.Done():
			return nil, e.wrap("connect", name, "nobody serves under that name", ctx.Err())
		case <-wait.C:
			return nil, &lahja.Error{Op: "connect", Endpoint: e.core.Name(), Peer: name, Kind: lahja.ErrNoListener,
				Err: fmt.Errorf("%w: %w", errNobody, context.DeadlineExceeded)}
		}
	}
}

// join links two endpoints, each of which then lists the other.
func (x *exchange) join(e, other *endpoint) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case !x.open[e]:
		return e.fail("connect", "", lahja.ErrLifecycle, "it is closing")
	case !x.open[other]:
		return errGone
	case e.links[other.core.Name()] != nil:
		return nil // It has connected to us meanwhile.
	case other.links[e.core.Name()] != nil:
		return e.fail("connect", other.core.Name(), lahja.ErrConnectionAttemptRejected,
			fmt.Sprintf("another endpoint named %q is connected to it; names are unique", e.core.Name()))
	}
	gone := make(chan struct{})
	here, there := &link{peer: other, gone: gone}, &link{peer: e, gone: gone}
	here.back, there.back = there, here
	here.remote, there.remote = e.list(here), other.list(there)
	e.links[other.core.Name()], other.links[e.core.Name()] = here, there
	return nil
}

// errGone is that an endpoint closed between being found and being joined.
var errGone = errors.New("it has gone")

// errNobody is why a connect was not answered.
var errNobody = errors.New("nobody began to serve under that name")

// shut has nobody else linked to the endpoint.
func (x *exchange) shut(e *endpoint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shutLocked(e)
}

func (x *exchange) shutLocked(e *endpoint) {
	delete(x.open, e)
	if x.serving[e.core.Name()] == e {
		delete(x.serving, e.core.Name())
	}
}

// leave takes the endpoint out, and lists whom it was linked to.
func (x *exchange) leave(e *endpoint) []*link {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shutLocked(e)
	var left []*link
	for name, l := range e.links {
		delete(e.links, name)
		delete(l.peer.links, e.core.Name())
		close(l.gone)
		left = append(left, l)
	}
	return left
}

// announce tells everybody linked to e what it subscribes to now.
func (x *exchange) announce(e *endpoint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	set, number := e.core.Own()
	for _, l := range e.links {
		l.back.remote.SetSubscriptions(set)
		l.remote.SetKnows(number)
	}
}

// pass gives an event to all its receivers, and names those that have left. Where a
// slow subscription of the endpoint's own has no room it tells that instead of waiting,
// as it would hold up everybody.
func (x *exchange) pass(e *endpoint, out *core.Outgoing, payload []byte) (left []string, here bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	here = !out.Local || out.TryDeliverLocal()
	for _, r := range out.Remotes {
		l := e.links[r.Name()]
		if l == nil || l.remote != r {
			left = append(left, r.Name())
			continue
		}
		err = errors.Join(err, l.peer.core.Deliver(core.Incoming{Type: out.Type.Name, Shape: out.Type.Shape,
			Origin: e.core.Name(), ID: out.ID, Answers: out.Answers, Headers: out.Headers, Groups: out.GroupsOf(r), Payload: payload}))
	}
	return left, here, err
}
