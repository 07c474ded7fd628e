package lahja

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
)

// sending is one event on its way into the queues of its receivers.
type sending struct {
	out   *Outgoing
	frame outFrame
	done  []*peer   // has it
	lost  []*peer   // went away first
	wait  []waiting // has no room yet
}

type waiting struct {
	peer   *peer
	ticket *ticket
}

// enqueue queues the event for all its remotes. Where a queue is full it waits,
// for all of them at once, so that one stopped peer delays no other.
func (e *Endpoint) enqueue(ctx context.Context, s *sending, nowait bool) error {
	for _, r := range s.out.Remotes {
		p := r.Link.(*peer)
		switch p.out.offer(s.frame) {
		case queued:
			s.done = append(s.done, p)
		case gone:
			s.lost = append(s.lost, p)
		case full:
			s.wait = append(s.wait, waiting{peer: p})
		}
	}
	var err error
	if len(s.wait) > 0 {
		if nowait {
			err = s.full(nil)
		} else {
			err = s.await(ctx)
		}
	}
	for _, p := range s.done {
		e.core.observe(Observation{Kind: EventSent, Peer: p.name, Event: s.out.Type.Name, ID: s.out.ID,
			Answers: s.out.Answers, Headers: s.out.Headers, Size: len(s.frame.bytes)})
	}
	return err
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
	for i := range s.wait {
		w := &s.wait[i]
		w.ticket = &ticket{frame: s.frame, wake: wake}
		if w.peer.out.await(w.ticket) {
			wake()
		}
	}
	select {
	case <-settled:
	case <-ctx.Done():
	}
	s.collect()
	if len(s.wait) > 0 {
		return s.full(ctx.Err())
	}
	return nil
}

// collect sorts those that waited by what became of them.
func (s *sending) collect() {
	var still []waiting
	for _, w := range s.wait {
		switch w.peer.out.giveUp(w.ticket) {
		case queued:
			s.done = append(s.done, w.peer)
		case gone:
			s.lost = append(s.lost, w.peer)
		case full:
			still = append(still, w)
		}
	}
	s.wait = still
}

// full says peer by peer who has the event.
func (s *sending) full(cause error) error {
	var missing []string
	for _, w := range s.wait {
		missing = append(missing, fmt.Sprintf("%s (%d of %d bytes wait)", w.peer.name, w.peer.out.load(), w.peer.out.limit))
	}
	detail := fmt.Sprintf("an event of %d bytes was not queued for %s", len(s.frame.bytes), strings.Join(missing, ", "))
	if has := s.has(); len(has) > 0 {
		detail += "; it was for " + strings.Join(has, ", ")
	}
	if len(s.lost) > 0 {
		detail += "; disconnected: " + strings.Join(peerNames(s.lost), ", ")
	}
	err := s.out.fail(ErrQueueFull, detail)
	err.Err = cause
	return err
}

// lostError says that a receiver who was meant went away before it got the
// event: one whom the config names, or all of them, or anyone whom the endpoint
// itself left.
func (e *Endpoint) lostError(s *sending, config BroadcastConfig) error {
	if len(s.lost) == 0 {
		return nil
	}
	closing := e.checkOpen() != nil
	nobody := len(s.done) == 0 && !s.out.Local && !config.AllowNoSubscribers
	named := len(config.FilterEndpoints) > 0 || !config.FilterEventID.IsZero()
	if !closing && !nobody && !named {
		return nil
	}
	err := s.out.fail(ErrRemoteDisconnected, "it went away before the event was queued for it")
	if closing {
		err.Kind, err.Detail = ErrLifecycle, "the endpoint closed before the event was queued for "+strings.Join(peerNames(s.lost), ", ")
	}
	if has := s.has(); len(has) > 0 {
		err.Detail += "; it was for " + strings.Join(has, ", ")
	}
	err.Peer = strings.Join(peerNames(s.lost), ", ")
	return err
}

// has names those for whom the event was queued.
func (s *sending) has() []string {
	has := peerNames(s.done)
	if s.out.Local {
		has = append([]string{s.out.core.cfg.Name}, has...)
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
