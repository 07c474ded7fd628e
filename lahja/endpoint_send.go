package lahja

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/caller"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// Broadcast implements EndpointAPI.
func (e *Endpoint) Broadcast(ctx context.Context, payload any, config BroadcastConfig) error {
	const op = "broadcast"
	b := takeBroadcast()
	defer b.giveBack()
	err := e.core.fill(ctx, &b.out, op, payload, config, nil)
	if err == nil {
		err = e.send(ctx, &b.sending, config)
	}
	if err != nil {
		return e.orClosing(op, err)
	}
	return b.out.Mismatch
}

// broadcast is the state of one call of Broadcast or Request.
type broadcast struct {
	out     Outgoing
	sending sending
}

// broadcasts are reused: nobody keeps one after the call has returned.
var broadcasts = sync.Pool{New: func() any { return new(broadcast) }}

func takeBroadcast() *broadcast {
	b := broadcasts.Get().(*broadcast)
	b.sending.out = &b.out
	return b
}

// giveBack returns b to the pool. It keeps only memory for another event's bytes.
func (b *broadcast) giveBack() {
	scratch := b.sending.scratch[:0]
	if cap(scratch) > 2*sendq.MaxInArena {
		scratch = nil
	}
	*b = broadcast{}
	b.sending.scratch = scratch
	broadcasts.Put(b)
}

// Request implements EndpointAPI.
func (e *Endpoint) Request(ctx context.Context, payload any, want EventType, config BroadcastConfig) (Answers, error) {
	const op = "request"
	b := takeBroadcast()
	defer b.giveBack()
	out := &b.out
	if err := e.core.fillRequest(ctx, out, payload, want, config); err != nil {
		return nil, e.orClosing(op, err)
	}
	if out.Mismatch != nil { // others can answer
		e.opts.Logger.Warn("lahja: request", slog.Any("error", out.Mismatch))
	}
	if err := e.send(ctx, &b.sending, config); err != nil {
		out.Awaited().Close()
		return nil, e.orClosing(op, err)
	}
	return out.Awaited(), nil
}

// recycle implements recycler.
func (e *Endpoint) recycle(gotFrom EndpointAPI, answers Answers) {
	if gotFrom == e {
		recycleAnswers(answers)
	}
}

// orClosing turns an error for want of a peer into ErrLifecycle if the endpoint's own end
// is the cause.
func (e *Endpoint) orClosing(op string, err error) error {
	if !errors.Is(err, ErrNoSubscribers) && !errors.Is(err, ErrRemoteDisconnected) || e.checkOpen() == nil {
		return err
	}
	failed := e.core.fail(op, ErrLifecycle, "it is closing and has left its peers")
	if cause, ok := errors.AsType[*Error](err); ok {
		failed.Peer, failed.Event = cause.Peer, cause.Event
	}
	failed.Err = err
	return failed
}

// send delivers to the endpoint itself and queues for its peers.
func (e *Endpoint) send(ctx context.Context, s *sending, config BroadcastConfig) error {
	out := s.out
	if len(out.Remotes) > 0 {
		if err := s.encode(e.opts); err != nil {
			return err
		}
	}
	here := !out.Local || out.TryDeliverLocal()
	if err := e.enqueue(ctx, s, config.NoWait); err != nil {
		return err
	}
	if !here {
		if err := e.awaitLocal(ctx, s, config.NoWait); err != nil {
			return err
		}
	}
	return e.lostError(s, config)
}

// awaitLocal waits for a slow subscription of the endpoint itself.
func (e *Endpoint) awaitLocal(ctx context.Context, s *sending, noWait bool) error {
	err := s.out.DeliverLocal(ctx, noWait)
	if has := peerNames(s.done()); err != nil && len(has) > 0 {
		return &Error{Op: s.out.op, Endpoint: e.name, Event: s.out.Type.Name, Detail: "it was queued for " + brief.List(has), Err: err}
	}
	return err
}

// encode makes the frame for all receivers, and those for members of queue groups.
func (s *sending) encode(opts *Options) error {
	out := s.out
	head := wire.EventMsg{
		Type: out.Type.Name, Shape: out.Type.Shape, Sequence: out.ID.Sequence,
		AnswersInstance: out.Answers.Instance, AnswersSequence: out.Answers.Sequence,
		Headers: out.Headers,
	}
	const room = 64 // for the envelope without the name, and for some growth of the payload
	size := room + len(head.Type) + int(out.described.size.Load())
	a := s.arenaFor(size, opts)
	passing := (out.request != nil || !out.Answers.IsZero()) && size <= sendq.MaxInArena
	free := s.scratch
	if !passing {
		free = a.Free(size)
	}
	bytes := wire.BeginEvent(free, head)
	at := len(bytes)
	bytes, err := out.AppendPayload(bytes)
	if err != nil {
		a.GiveBack()
		return err
	}
	cost := len(bytes) - at + EventCost
	bytes = wire.EndEvent(bytes, 0, at, opts.compressAbove())
	if passing && len(bytes) > sendq.MaxInArena { // It is larger than the previous event of its type.
		passing, s.scratch = false, nil
	}
	if passing {
		s.scratch, s.lying.Borrowed = bytes, true
		s.frame = out.frame(&s.lying, bytes, cost)
	} else {
		s.framed(a, bytes, cost)
	}
	if len(out.chosen) > 0 {
		s.chosen = out.framesOfChosen(bytes, at, cost)
	}
	return nil
}

// arenaFor returns the arena that the frame shares with others. It returns nil if the frame
// is written alone because somebody waits for it, if it may be dropped alone, and if it is
// large.
func (s *sending) arenaFor(size int, opts *Options) *sendq.Arena {
	if s.out.request != nil || !s.out.Answers.IsZero() || opts.SlowPeer == DropOldest || size > sendq.MaxInArena {
		return nil
	}
	return sendq.TakeArena(size)
}

// framed makes the frame for bytes, which were appended to the free memory of a.
func (s *sending) framed(a *sendq.Arena, bytes []byte, cost int) {
	at, lies := a.Keep(bytes)
	if !lies {
		a.GiveBack()
		s.frame = s.out.frame(new(sendq.Frame), bytes, cost)
		return
	}
	s.lying.InArena(a, at)
	s.arena = a
	s.frame = s.out.frame(&s.lying, bytes, cost)
}

// frame makes f, which is new, the frame of an encoded event. Answers do not count against
// the limit of a queue: otherwise a request could wait for its own answer's room.
func (o *Outgoing) frame(f *sendq.Frame, bytes []byte, cost int) *sendq.Frame {
	f.Bytes = bytes
	if o.Answers.IsZero() {
		f.Limited, f.Event, f.Request, f.Cost = len(bytes), o.Type.Name, o.request != nil, cost
	}
	return f
}

// framesOfChosen returns the frames for members of queue groups, which name their groups.
func (o *Outgoing) framesOfChosen(bytes []byte, payload, cost int) map[*Remote]*sendq.Frame {
	frames := make(map[*Remote]*sendq.Frame, len(o.chosen))
	for _, c := range o.chosen {
		if c.remote != nil {
			frames[c.remote] = o.frame(new(sendq.Frame), wire.ForGroups(bytes, payload, c.groups), cost)
		}
	}
	return frames
}

// Sync implements EndpointAPI. If a handler, with its own context, syncs with its own
// endpoint, the sync does not wait for that handler. Handlers of two endpoints that sync
// with each other wait until their contexts end.
func (e *Endpoint) Sync(ctx context.Context, name string) error {
	return completed(e.sync(ctx, name), Error{Peer: name})
}

func (e *Endpoint) sync(ctx context.Context, name string) error {
	const op = "sync"
	if name == e.name {
		return e.core.Sync(ctx)
	}
	if err := e.core.CheckContext(ctx, op); err != nil {
		return err
	}
	p, listed := e.core.Link(name).(*peer) // a listed peer can be synced with
	if !listed || p.leaving() {
		ended := e.core.WhyEnded(name)
		if listed {
			ended = p.reason()
		}
		return e.orClosing(op, &Error{Op: op, Endpoint: e.name, Peer: name, Kind: ErrRemoteDisconnected, Detail: "it is not connected", Err: ended})
	}
	if caller.MustNotWait() {
		return e.core.waitsInline(op)
	}
	answered, forget := p.ask(wire.Sync)
	defer forget()
	select {
	case <-answered:
		return nil
	case <-e.core.Done():
		return e.core.lifecycleError(op)
	case <-p.done:
		return e.orClosing(op, &Error{Op: op, Endpoint: e.name, Peer: name, Kind: ErrRemoteDisconnected, Err: p.reason()})
	case <-ctx.Done():
		return &Error{Op: op, Endpoint: e.name, Peer: name, Detail: "its handlers are still busy, or it does not read", Err: ctx.Err()}
	}
}
