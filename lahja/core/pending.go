package core

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// PendingRequest gathers the answers to one request. It implements Answers.
type PendingRequest struct {
	core     *Core
	event    string
	want     lahja.EventType
	sequence uint64
	settled  atomic.Bool            // there may be something for Next
	reader   atomic.Pointer[func()] // interrupts the read that Next waits in; nil while it does not
	alone    atomic.Bool            // the request waits for one peer alone, and can read from it
	holders  atomic.Int32           // the requester, and those that settle it; see drop

	mu     ordered.Mutex[ordered.Request]
	wake   chan struct{} // holds one token while there may be something for Next; nil while nobody waits
	asked  []asked       // only done ever changes
	open   int           // how many are not done
	come   []outcome     // for Next
	seen   asking        // for the observer
	ending string        // why Next returns nothing more; empty until it is closed

	one struct { // memory if one endpoint is asked
		asked [1]asked
		come  [1]outcome
	}
}

// asked is an endpoint that the request went to, the endpoint itself if remote is nil.
type asked struct {
	remote *Remote
	name   string
	done   bool // it has answered or gone
}

// outcome is an answer, or an error in place of one. In that case r holds only what is
// known.
type outcome struct {
	r   lahja.Received
	err error
}

// newPending returns the pending request of o.
func (c *Core) newPending(o *Outgoing, want lahja.EventType) *PendingRequest {
	p := pendingRequests.Get().(*PendingRequest)
	p.core, p.event, p.want, p.sequence = c, o.Type.Name, want, o.ID.Sequence
	p.holders.Store(1)
	p.asked, p.come = p.one.asked[:0], p.one.come[:0]
	if o.Local {
		p.asked = append(p.asked, asked{name: c.Name()})
	}
	for _, r := range o.Remotes {
		p.asked = append(p.asked, asked{remote: r, name: r.name})
	}
	p.open = len(p.asked)
	return p
}

// pendingRequests are reused when the requester is known to hold nothing of them any more.
var pendingRequests = sync.Pool{New: func() any { return new(PendingRequest) }}

// drop is called by each holder when it is done. The requester drops p after it is closed,
// or never.
func (p *PendingRequest) drop() {
	if p.holders.Add(-1) == 0 {
		*p = PendingRequest{}
		pendingRequests.Put(p)
	}
}

// RecycleAnswers reuses the memory of answers. Nobody may refer to them.
func RecycleAnswers(answers lahja.Answers) {
	if p, ok := answers.(*PendingRequest); ok {
		p.drop()
	}
}

// end makes Next fail, and returns what it has not returned. It forgets the request unless
// that has been done.
func (p *PendingRequest) end(reason string) (left []outcome) {
	p.mu.Lock()
	if p.ending != "" {
		p.mu.Unlock()
		return nil
	}
	if p.open > 0 {
		p.forgetLocked()
	}
	left = p.come
	p.come, p.ending = nil, reason
	p.passLocked()
	p.mu.Unlock()
	return left
}

// forgetLocked takes the request off the core's table, before anybody can see that it has
// ended.
func (p *PendingRequest) forgetLocked() {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	delete(p.core.pending, p.sequence)
}

// waking returns a channel that has a token when Next must check again.
func (p *PendingRequest) waking() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake == nil {
		p.wake = make(chan struct{}, 1)
		if p.ending != "" || len(p.come) > 0 || p.open == 0 {
			p.passLocked()
		}
	}
	return p.wake
}

// passLocked wakes a caller of Next.
func (p *PendingRequest) passLocked() {
	p.settled.Store(true)
	if interrupt := p.reader.Load(); interrupt != nil {
		(*interrupt)()
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// came records an answer, or an error in its place. The last one ends the request.
func (p *PendingRequest) came(r lahja.Received, err error) {
	if !p.settle(func(a *asked) bool { return p.is(a, r.Origin, r.ID.Instance) }, true, outcome{r, err}) {
		p.lateAnswer(r)
	}
}

// lost records that an endpoint has gone without answering.
func (p *PendingRequest) lost(r *Remote, reason error) {
	gone := p.fail(r.name, lahja.ErrRemoteDisconnected, "it went away and had not answered")
	gone.Err = reason
	p.settle(func(a *asked) bool { return a.remote == r }, false, outcome{err: gone})
}

// settle records an outcome, and reports whether anybody may still want it. An endpoint
// that is done counts only if again is set.
func (p *PendingRequest) settle(of func(*asked) bool, again bool, o outcome) bool {
	p.mu.Lock()
	if p.ending != "" || p.open == 0 {
		p.mu.Unlock()
		return false
	}
	for i := range p.asked {
		if a := &p.asked[i]; !a.done && of(a) {
			a.done = true
			p.open--
			again = true
		}
	}
	if again {
		p.come = append(p.come, o)
	}
	if p.open == 0 {
		p.forgetLocked()
	}
	p.passLocked()
	p.mu.Unlock()
	return true
}

// lateAnswer counts and observes an answer that nobody waits for.
func (p *PendingRequest) lateAnswer(r lahja.Received) {
	if r.Answers.IsZero() {
		return // an endpoint that has gone
	}
	p.core.counts.unclaimed.Add(1)
	p.core.Observe(lahja.Observation{Kind: lahja.EventDropped, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers,
		Headers: r.Headers, Err: errUnclaimedAnswer})
}

// requestIDLocked returns the sequence of a request. Knowing it allows an attempt to
// answer, so it cannot be derived from others. The top bit distinguishes it from counted
// sequences.
func (c *Core) requestIDLocked() uint64 {
	for {
		id := c.requestIDs.Uint64() | 1<<63
		if c.pending[id] == nil {
			return id
		}
	}
}

// pendingFor returns the request that id answers, or nil if none waits for it. Drop the
// result.
func (c *Core) pendingFor(id lahja.EventID) *PendingRequest {
	if id.Instance != c.instance {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pending[id.Sequence]
	if p != nil {
		p.holders.Add(1)
	}
	return p
}

// askingLocked returns the requests that went to r. Drop each of them.
func (c *Core) askingLocked(r *Remote) []*PendingRequest {
	var asking []*PendingRequest
	for _, p := range c.pending {
		for i := range p.asked { // done alone needs the request's lock
			if p.asked[i].remote == r {
				p.holders.Add(1)
				asking = append(asking, p)
				break
			}
		}
	}
	return asking
}

func (p *PendingRequest) fail(peer string, kind error, detail string) *lahja.Error {
	return &lahja.Error{Op: "request", Endpoint: p.core.Name(), Peer: peer, Event: p.event, Kind: kind, Detail: detail}
}

// asks reports whether the request went to that run of that endpoint. The caller takes both
// from the connection, not from what the peer says in an event. A name alone is not enough:
// another endpoint may have it by now.
func (p *PendingRequest) asks(name string, instance uint64) bool {
	for i := range p.asked { // done alone needs the request's lock
		if p.is(&p.asked[i], name, instance) {
			return true
		}
	}
	return false
}

// is reports whether a is that run of that endpoint.
func (p *PendingRequest) is(a *asked, name string, instance uint64) bool {
	if a.remote == nil {
		return instance == p.core.instance && name == a.name
	}
	return instance == a.remote.instance && name == a.name
}

// answeredBy takes an answer that arrived, and returns its data for others. It returns an
// error if the answer cannot be decoded.
func (p *PendingRequest) answeredBy(in *Incoming) (data any, err error) {
	r := lahja.Received{Type: lahja.EventType{Name: in.Type}, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers}
	if in.Type != p.want.Name {
		p.came(r, p.unexpected(in.Type, in.Origin))
		return nil, nil
	}
	want, err := payload.Of(p.want.Go)
	if err == nil {
		if conflict := in.Types.Conflict(p.want.Name, want, in.Shape); conflict != "" {
			p.came(r, p.fail(in.Origin, lahja.ErrTypeMismatch, fmt.Sprintf("the answer %s: %s%s", p.want.Name, conflict, mendMismatch)))
			return nil, nil
		}
		if err = want.Admit(in.Payload, int64(p.core.cfg.MaxDecoded)); err == nil {
			data, err = want.Decode(in.Payload)
		}
	}
	if err != nil {
		mistake := p.fail(in.Origin, lahja.ErrMalformed, "")
		mistake.Err = err
		p.came(r, mistake)
		return nil, mistake
	}
	r.Type = p.want
	p.came(lahja.NewReceived(p.core.cfg.Endpoint, r).WithData(data), nil)
	return data, nil
}

// answeredHere takes an answer of the endpoint's own.
func (p *PendingRequest) answeredHere(r lahja.Received) {
	if r.Type.Name != p.want.Name {
		p.came(r, p.unexpected(r.Type.Name, r.Origin))
		return
	}
	p.came(r, nil)
}

// unexpected returns the error for an answer of another type.
func (p *PendingRequest) unexpected(got, origin string) error {
	return p.fail(origin, lahja.ErrUnexpectedResponse, fmt.Sprintf("got %s, want %s", brief.Text(got), p.want.Name))
}
