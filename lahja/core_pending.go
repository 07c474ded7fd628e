package lahja

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// pendingRequest gathers the answers to one request. It implements Answers.
type pendingRequest struct {
	core     *Core
	event    string
	want     EventType
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
	r   Received
	err error
}

// newPending returns the pending request of o.
func (c *Core) newPending(o *Outgoing, want EventType) *pendingRequest {
	p := pendingRequests.Get().(*pendingRequest)
	p.core, p.event, p.want, p.sequence = c, o.Type.Name, want, o.ID.Sequence
	p.holders.Store(1)
	p.asked, p.come = p.one.asked[:0], p.one.come[:0]
	if o.Local {
		p.asked = append(p.asked, asked{name: c.cfg.Name})
	}
	for _, r := range o.Remotes {
		p.asked = append(p.asked, asked{remote: r, name: r.name})
	}
	p.open = len(p.asked)
	return p
}

// pendingRequests are reused when the requester is known to hold nothing of them any more.
var pendingRequests = sync.Pool{New: func() any { return new(pendingRequest) }}

// drop is called by each holder when it is done. The requester drops p after it is closed,
// or never.
func (p *pendingRequest) drop() {
	if p.holders.Add(-1) == 0 {
		*p = pendingRequest{}
		pendingRequests.Put(p)
	}
}

// recycleAnswers reuses the memory of answers. Nobody may refer to them.
func recycleAnswers(answers Answers) {
	if p, ok := answers.(*pendingRequest); ok {
		p.drop()
	}
}

// end makes Next fail, and returns what it has not returned. It forgets the request unless
// that has been done.
func (p *pendingRequest) end(reason string) (left []outcome) {
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
func (p *pendingRequest) forgetLocked() {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	delete(p.core.pending, p.sequence)
}

// waking returns a channel that has a token when Next must check again.
func (p *pendingRequest) waking() <-chan struct{} {
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
func (p *pendingRequest) passLocked() {
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
func (p *pendingRequest) came(r Received, err error) {
	if !p.settle(func(a *asked) bool { return p.is(a, r.Origin, r.ID.Instance) }, true, outcome{r, err}) {
		p.lateAnswer(r)
	}
}

// lost records that an endpoint has gone without answering.
func (p *pendingRequest) lost(r *Remote, reason error) {
	gone := p.fail(r.name, ErrRemoteDisconnected, "it went away and had not answered")
	gone.Err = reason
	p.settle(func(a *asked) bool { return a.remote == r }, false, outcome{err: gone})
}

// settle records an outcome, and reports whether anybody may still want it. An endpoint
// that is done counts only if again is set.
func (p *pendingRequest) settle(of func(*asked) bool, again bool, o outcome) bool {
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
func (p *pendingRequest) lateAnswer(r Received) {
	if r.Answers.IsZero() {
		return // an endpoint that has gone
	}
	p.core.counts.unclaimed.Add(1)
	p.core.observe(Observation{Kind: EventDropped, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers,
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
func (c *Core) pendingFor(id EventID) *pendingRequest {
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
func (c *Core) askingLocked(r *Remote) []*pendingRequest {
	var asking []*pendingRequest
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

func (p *pendingRequest) fail(peer string, kind error, detail string) *Error {
	return &Error{Op: "request", Endpoint: p.core.cfg.Name, Peer: peer, Event: p.event, Kind: kind, Detail: detail}
}

// asks reports whether the request went to that run of that endpoint. The caller takes both
// from the connection, not from what the peer says in an event. A name alone is not enough:
// another endpoint may have it by now.
func (p *pendingRequest) asks(name string, instance uint64) bool {
	for i := range p.asked { // done alone needs the request's lock
		if p.is(&p.asked[i], name, instance) {
			return true
		}
	}
	return false
}

// is reports whether a is that run of that endpoint.
func (p *pendingRequest) is(a *asked, name string, instance uint64) bool {
	if a.remote == nil {
		return instance == p.core.instance && name == a.name
	}
	return instance == a.remote.instance && name == a.name
}

// forged drops an answer from an endpoint that did not receive the request.
func (c *Core) forged(in *Incoming) {
	in.unwanted()
	c.counts.forged.Add(1)
	reason := &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: in.Origin, Event: in.Type, Kind: ErrNotAsked,
		Detail: "it answers a request that did not go to it; the answer is dropped"}
	c.cfg.Logger.Warn("lahja: forged answer dropped", slog.String("endpoint", c.cfg.Name), slog.String("peer", in.Origin), slog.Any("error", reason))
	c.dropped(in, reason)
}

// answeredBy takes an answer that arrived, and returns its data for others. It returns an
// error if the answer cannot be decoded.
func (p *pendingRequest) answeredBy(in *Incoming) (data any, err error) {
	r := Received{Type: EventType{Name: in.Type}, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers}
	if in.Type != p.want.Name {
		p.came(r, p.unexpected(in.Type, in.Origin))
		return nil, nil
	}
	want, err := payload.Of(p.want.Go)
	if err == nil {
		if conflict := in.Types.Conflict(p.want.Name, want, in.Shape); conflict != "" {
			p.came(r, p.fail(in.Origin, ErrTypeMismatch, fmt.Sprintf("the answer %s: %s%s", p.want.Name, conflict, mendMismatch)))
			return nil, nil
		}
		if err = want.Admit(in.Payload, int64(p.core.cfg.MaxDecoded)); err == nil {
			data, err = want.Decode(in.Payload)
		}
	}
	if err != nil {
		mistake := p.fail(in.Origin, ErrMalformed, "")
		mistake.Err = err
		p.came(r, mistake)
		return nil, mistake
	}
	r.Type, r.data, r.endpoint = p.want, data, p.core.cfg.Endpoint
	p.came(r, nil)
	return data, nil
}

// answeredHere takes an answer of the endpoint's own.
func (p *pendingRequest) answeredHere(r Received) {
	if r.Type.Name != p.want.Name {
		p.came(r, p.unexpected(r.Type.Name, r.Origin))
		return
	}
	p.came(r, nil)
}

// unexpected returns the error for an answer of another type.
func (p *pendingRequest) unexpected(got, origin string) error {
	return p.fail(origin, ErrUnexpectedResponse, fmt.Sprintf("got %s, want %s", brief.Text(got), p.want.Name))
}
