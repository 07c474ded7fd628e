package p2p

import (
	"context"
	"fmt"
	"log/slog"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// sending is one event on its way into the queues of its receivers.
type sending struct {
	out     *core.Outgoing
	frame   *sendq.Frame
	lying   sendq.Frame                   // the frame if it lies in an arena or is not kept
	scratch []byte                        // memory for a frame that is not kept
	arena   *sendq.Arena                  // of the frame, until it is returned
	chosen  map[*core.Remote]*sendq.Frame // the frames of members chosen for groups
	lost    []*peer                       // peers that went away first
	wait    []waiting                     // peers without room so far
	dropped []*peer                       // peers without room, for which it was dropped
	refused bool                          // one of wait must not be waited for
}

// done returns the peers that have the event: all except those in lost, wait and dropped.
func (s *sending) done() []*peer {
	done := make([]*peer, 0, len(s.out.Remotes))
	for _, r := range s.out.Remotes {
		if p := r.Link.(*peer); !s.without(p) {
			done = append(done, p)
		}
	}
	return done
}

func (s *sending) without(p *peer) bool {
	return slices.Contains(s.lost, p) || slices.Contains(s.dropped, p) ||
		slices.ContainsFunc(s.wait, func(w waiting) bool { return w.peer == p })
}

type waiting struct {
	peer    *peer
	pending *sendq.Pending
}

// frameOf returns the frame for the peer.
func (s *sending) frameOf(p *peer) *sendq.Frame {
	if len(s.chosen) == 0 {
		return s.frame
	}
	for r, f := range s.chosen { // few
		if r.Link == p {
			return f
		}
	}
	return s.frame
}

// keepFrame copies the frame to its own memory, so that a waiting frame does not keep its
// arena.
func (s *sending) keepFrame() {
	if s.arena == nil {
		s.frame = s.frame.Keep()
		return
	}
	s.frame = s.lying.Copy()
	s.giveBack()
}

// giveBack lets others use the arena. From then on the frame may hold another event's
// bytes.
func (s *sending) giveBack() {
	s.arena.GiveBack()
	s.arena = nil
}

// enqueue queues the event for all its remotes. It waits for all full queues at once, so
// one stopped peer delays no other.
func (e *Endpoint) enqueue(ctx context.Context, s *sending, nowait bool) error {
	for _, r := range s.out.Remotes {
		p := r.Link.(*peer)
		switch p.offerEvent(s.frameOf(p)) {
		case sendq.Queued:
		case sendq.Gone:
			s.gone(p)
		case sendq.Full:
			s.full(p)
		}
	}
	var err error
	if len(s.wait) > 0 {
		if nowait || s.refused {
			err = s.fullError(nil)
		} else {
			e.core.Waits(ctx)
			err = s.await(ctx)
		}
	}
	if set := e.shown.Load(); set != nil {
		set.sent(s)
	}
	s.giveBack()
	if e.core.Observes() {
		s.observe()
	}
	return err
}

// observe tells for which peers the event was queued.
func (s *sending) observe() {
	all := len(s.lost)+len(s.dropped)+len(s.wait) == 0
	if all && len(s.chosen) == 0 && s.frame != nil {
		s.out.SentToAll(len(s.frame.Bytes))
		return
	}
	for _, r := range s.out.Remotes {
		if p := r.Link.(*peer); all || !s.without(p) {
			s.out.Sent(p.name, len(s.frameOf(p).Bytes))
		}
	}
}

// offerEvent queues an event. It writes the event directly if somebody waits for its
// result, and otherwise lets it be written together with others.
func (p *peer) offerEvent(f *sendq.Frame) sendq.Outcome {
	if f.Request || f.Limited == 0 {
		return p.offerDirect(f)
	}
	return p.out.Offer(f)
}

// gone records a peer that went away first. If it was chosen for a group, nobody of the
// group receives the event.
func (s *sending) gone(p *peer) {
	s.lost = append(s.lost, p)
	if f := s.frameOf(p); f != s.frame {
		p.countDrop()
		s.out.Dropped(p.name, len(f.Bytes), &lahja.Error{Op: "send", Endpoint: p.endpoint.name, Peer: p.name, Event: s.out.Type.Name,
			Kind: lahja.ErrRemoteDisconnected, Err: p.reason(),
			Detail: "it went away before the event was queued for it, and was chosen for a queue group"})
	}
}

// peerIsFull is core.Config.Full.
func peerIsFull(link any, event string, size int) bool {
	return link.(*peer).out.Crowded(event, size)
}

// full does what the policy says for a peer without room. It never drops a request, because
// its caller waits for the answer: that caller gets an error.
func (s *sending) full(p *peer) {
	policy := p.policy
	switch {
	case policy == lahja.Block, policy != lahja.Disconnect && s.frame.Request:
		s.refused = s.refused || policy != lahja.Block
		s.wait = append(s.wait, waiting{peer: p})
	case policy == lahja.DropNewest:
		s.dropped = append(s.dropped, p)
		p.dropped(s.frameOf(p), policy)
	case policy == lahja.DropOldest:
		outcome, dropped := p.out.OfferInstead(s.frameOf(p))
		switch outcome {
		case sendq.Full:
			s.dropped = append(s.dropped, p)
		case sendq.Gone:
			s.gone(p)
		}
		for _, f := range dropped {
			p.dropped(f, policy)
		}
	default:
		s.lost = append(s.lost, p)
		p.dropped(s.frameOf(p), policy)
		p.fail(p.noRoom(s.frameOf(p), "the connection is ended (Options.SlowPeer)"))
	}
}

// dropped reports an event that was dropped for lack of room. The log reports the first
// one, the second, the fourth and so on.
func (p *peer) dropped(f *sendq.Frame, policy lahja.SlowPolicy) {
	count := p.countDrop()
	err := p.noRoom(f, fmt.Sprintf("%s (%d dropped so far)", policy, count))
	p.endpoint.core.Observe(lahja.Observation{Kind: lahja.EventDropped, Outgoing: true, Peer: p.name, Event: f.Event,
		ID: lahja.EventID{Instance: p.endpoint.core.Instance(), Sequence: f.Sequence}, Size: len(f.Bytes), Err: err})
	if bits.OnesCount64(count) == 1 {
		p.endpoint.log(slog.LevelWarn, "lahja: event dropped", p.name, p.conn, err)
	}
}

func (p *peer) noRoom(f *sendq.Frame, what string) error {
	return &lahja.Error{Op: "send", Endpoint: p.endpoint.name, Peer: p.name, Event: f.Event, Kind: lahja.ErrQueueFull,
		Detail: fmt.Sprintf("it takes events more slowly than they arrive: %s: %s", p.out.Describe(f.Event), what)}
}

// await waits until every queue has taken the event or is gone.
func (s *sending) await(ctx context.Context) error {
	settled := make(chan struct{})
	var left atomic.Int64
	left.Store(int64(len(s.wait)))
	wake := func() {
		if left.Add(-1) == 0 {
			close(settled)
		}
	}
	s.keepFrame()
	for i := range s.wait {
		w := &s.wait[i]
		w.pending = &sendq.Pending{Frame: s.frameOf(w.peer), Wake: wake}
		if w.peer.out.Await(w.pending) {
			wake()
		}
	}
	ctx, cancel := s.wait[0].peer.endpoint.core.Blocking(ctx)
	defer cancel()
	select {
	case <-settled:
	case <-ctx.Done():
	}
	s.collect()
	if len(s.wait) > 0 {
		return s.fullError(context.Cause(ctx))
	}
	return nil
}

// collect sorts the waiting peers by their outcome.
func (s *sending) collect() {
	var still []waiting
	for _, w := range s.wait {
		switch w.peer.out.GiveUp(w.pending) {
		case sendq.Queued:
		case sendq.Gone:
			s.gone(w.peer)
		case sendq.Full:
			still = append(still, w)
		}
	}
	s.wait = still
}

// fullError says for each peer whether it has the event, and why the broadcast waited no
// longer.
func (s *sending) fullError(cause error) error {
	missing := brief.Each(len(s.wait), ", ", func(i int) string {
		p := s.wait[i].peer
		return fmt.Sprintf("%s (%s)", p.name, p.out.Describe(s.out.Type.Name))
	})
	detail := fmt.Sprintf("an event of %d bytes was not queued for %s", len(s.frame.Bytes), missing)
	if has := s.has(); len(has) > 0 {
		detail += "; it was for " + brief.List(has)
	}
	if len(s.lost) > 0 {
		detail += "; disconnected: " + brief.List(peerNames(s.lost))
	}
	err := s.out.Fail(lahja.ErrQueueFull, detail)
	err.Err = cause
	return err
}

// lostError returns an error if an intended receiver went away before it received the
// event: one that the config names, or all of them, or any that the endpoint itself left.
func (e *Endpoint) lostError(s *sending, config lahja.BroadcastConfig) error {
	if len(s.lost) == 0 {
		return nil
	}
	closing := e.dials.CheckOpen() != nil
	nobody := len(s.done()) == 0 && !s.out.Local && !config.AllowNoSubscribers
	named := len(config.FilterEndpoints) > 0 || !config.FilterEventID.IsZero()
	if !closing && !nobody && !named {
		return nil
	}
	err := s.out.Fail(lahja.ErrRemoteDisconnected, "it went away before the event was queued for it")
	if closing {
		err.Kind, err.Detail = lahja.ErrLifecycle, "the endpoint closed before the event was queued for "+brief.List(peerNames(s.lost))
	}
	if has := s.has(); len(has) > 0 {
		err.Detail += "; it was for " + brief.List(has)
	}
	err.Peer, err.Err = brief.List(peerNames(s.lost)), reasons(s.lost)
	return err
}

// has names the peers for which the event was queued.
func (s *sending) has() []string {
	has := peerNames(s.done())
	if s.out.Local {
		has = append([]string{s.out.Sender()}, has...)
	}
	return has
}

func peerNames(peers []*peer) []string {
	var all []string
	for _, p := range peers {
		all = append(all, p.name)
	}
	return all
}
