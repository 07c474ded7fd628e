package lahja

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// pendingRequest waits for the first answer. It is finished once, by the
// answer, by the loss of the last endpoint that could answer, or by close.
type pendingRequest struct {
	core     *Core
	event    string
	want     EventType
	sequence uint64

	// Guarded by core.mu.
	remotes []*Remote
	lost    []string
	local   bool // fits in beside once

	once     sync.Once
	answered chan struct{}
	answer   Received
	err      error
}

func (p *pendingRequest) finish(answer Received, err error) {
	p.once.Do(func() {
		p.answer, p.err = answer, err
		close(p.answered)
	})
}

// wait returns the answer. It leaves the request behind, whatever the outcome.
func (p *pendingRequest) wait(ctx context.Context) (Received, error) {
	select {
	case <-p.answered:
		return p.answer, p.err
	case <-ctx.Done():
		p.abandon()
		return Received{}, &Error{Op: "request", Endpoint: p.core.cfg.Name, Event: p.event,
			Detail: fmt.Sprintf("no answer (%s)", p.want.Name), Err: ctx.Err()}
	}
}

func (p *pendingRequest) abandon() {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	delete(p.core.pending, p.sequence)
}

// takePending takes the request that id answers, nil if none waits for it.
func (c *Core) takePending(id EventID) *pendingRequest {
	if id.Instance != c.instance {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pending[id.Sequence]
	if p != nil {
		delete(c.pending, id.Sequence)
	}
	return p
}

// takeOrphansLocked takes the requests whose last receiver was r.
func (c *Core) takeOrphansLocked(r *Remote) []*pendingRequest {
	var orphans []*pendingRequest
	for sequence, p := range c.pending {
		i := slices.Index(p.remotes, r)
		if i < 0 {
			continue
		}
		p.remotes = slices.Delete(p.remotes, i, i+1)
		p.lost = append(p.lost, r.name)
		if len(p.remotes) == 0 && !p.local {
			orphans = append(orphans, p)
			delete(c.pending, sequence)
		}
	}
	return orphans
}

func (p *pendingRequest) closedError() error {
	e := p.core.fail("request", ErrLifecycle, "it was closed before an answer came")
	e.Event = p.event
	return e
}

func (p *pendingRequest) goneError(last string) error {
	return &Error{Op: "request", Endpoint: p.core.cfg.Name, Peer: last, Event: p.event, Kind: ErrRemoteDisconnected,
		Detail: "nobody is left to answer; it went to " + strings.Join(p.lost, ", ")}
}

// answeredBy finishes the request with an answer that arrived, and returns its data
// for others. Its error says that the answer does not decode.
func (p *pendingRequest) answeredBy(in *Incoming) (data any, err error) {
	if in.Type != p.want.Name {
		p.unexpected(in.Type, in.Origin)
		return nil, nil
	}
	mistake := &Error{Op: "request", Endpoint: p.core.cfg.Name, Peer: in.Origin, Event: p.event}
	if !sameShape(in.Shape, p.want.Shape) {
		mistake.Kind = ErrTypeMismatch
		mistake.Detail = fmt.Sprintf("the answer %s has another shape there than here; build both from one definition", p.want.Name)
		p.finish(Received{}, mistake)
		return nil, nil
	}
	if data, err = decodePayload(p.want.Go, in.Payload); err != nil {
		mistake.Kind, mistake.Err = ErrMalformed, err
		p.finish(Received{}, mistake)
		return nil, mistake
	}
	p.finish(Received{Type: p.want, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers,
		data: data, endpoint: p.core.cfg.Endpoint}, nil)
	return data, nil
}

// answeredHere finishes the request with an answer of the endpoint's own.
func (p *pendingRequest) answeredHere(r Received) {
	if r.Type.Name != p.want.Name {
		p.unexpected(r.Type.Name, r.Origin)
		return
	}
	p.finish(r, nil)
}

// unexpected finishes the request with an answer of another type.
func (p *pendingRequest) unexpected(got, origin string) {
	p.finish(Received{}, &Error{Op: "request", Endpoint: p.core.cfg.Name, Peer: origin, Event: p.event,
		Kind: ErrUnexpectedResponse, Detail: fmt.Sprintf("got %s, want %s", got, p.want.Name)})
}

// sameShape tells whether two shapes may be one type. Zero is unknown.
func sameShape(a, b uint64) bool { return a == 0 || b == 0 || a == b }
