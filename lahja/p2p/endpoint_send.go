package p2p

import (
	"context"
	"log/slog"
	"sync"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// Broadcast implements lahja.EndpointAPI.
func (e *Endpoint) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	const op = "broadcast"
	b := takeBroadcast()
	defer b.giveBack()
	err := e.core.Fill(ctx, &b.out, op, payload, config, nil)
	if err == nil {
		err = e.send(ctx, &b.sending, config)
	}
	if err == nil {
		err = b.out.Mismatch
	}
	if err != nil {
		return e.core.SendFailed(&b.out, op, payload, err)
	}
	return nil
}

// broadcast is the state of one call of Broadcast or Request.
type broadcast struct {
	out     core.Outgoing
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

// Request implements lahja.EndpointAPI.
func (e *Endpoint) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	const op = "request"
	b := takeBroadcast()
	defer b.giveBack()
	out := &b.out
	err := e.core.FillRequest(ctx, out, payload, want, config)
	if err == nil {
		if out.Mismatch != nil { // others can answer
			e.opts.Logger.Warn("lahja: request", slog.Any("error", out.Mismatch))
		}
		err = e.send(ctx, &b.sending, config)
	}
	if err != nil {
		return nil, e.core.SendFailed(out, op, payload, err)
	}
	return out.Awaited(), nil
}

// Recycle is for package lahja: it lets the memory of answers be used again.
func (e *Endpoint) Recycle(gotFrom lahja.EndpointAPI, answers lahja.Answers) {
	if gotFrom == e {
		core.RecycleAnswers(answers)
	}
}

// send delivers to the endpoint itself and queues for its peers.
func (e *Endpoint) send(ctx context.Context, s *sending, config lahja.BroadcastConfig) error {
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
		return &lahja.Error{Op: s.out.Op(), Endpoint: e.name, Event: s.out.Type.Name, Detail: "it was queued for " + brief.List(has), Err: err}
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
	size := room + len(head.Type) + out.SizeHint()
	a := s.arenaFor(size, opts)
	passing := (out.IsRequest() || !out.Answers.IsZero()) && size <= sendq.MaxInArena
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
	cost := len(bytes) - at + core.EventCost
	bytes = wire.EndEvent(bytes, 0, at, opts.CompressAbove)
	if passing && len(bytes) > sendq.MaxInArena { // It is larger than the previous event of its type.
		passing, s.scratch = false, nil
	}
	if passing {
		s.scratch, s.lying.Borrowed = bytes, true
		s.frame = frameOf(out, &s.lying, bytes, cost)
	} else {
		s.framed(a, bytes, cost)
	}
	if out.HasGroups() {
		s.chosen = framesOfChosen(out, bytes, at, cost)
	}
	return nil
}

// arenaFor returns the arena that the frame shares with others. It returns nil if the frame
// is written alone because somebody waits for it, if it may be dropped alone, and if it is
// large.
func (s *sending) arenaFor(size int, opts *Options) *sendq.Arena {
	if s.out.IsRequest() || !s.out.Answers.IsZero() || opts.SlowPeer == lahja.DropOldest || size > sendq.MaxInArena {
		return nil
	}
	return sendq.TakeArena(size)
}

// framed makes the frame for bytes, which were appended to the free memory of a.
func (s *sending) framed(a *sendq.Arena, bytes []byte, cost int) {
	at, lies := a.Keep(bytes)
	if !lies {
		a.GiveBack()
		s.frame = frameOf(s.out, new(sendq.Frame), bytes, cost)
		return
	}
	s.lying.InArena(a, at)
	s.arena = a
	s.frame = frameOf(s.out, &s.lying, bytes, cost)
}

// frameOf makes f, which is new, the frame of an encoded event. Answers do not count against
// the limit of a queue: otherwise a request could wait for its own answer's room.
func frameOf(o *core.Outgoing, f *sendq.Frame, bytes []byte, cost int) *sendq.Frame {
	f.Bytes, f.Sequence = bytes, o.ID.Sequence
	if o.Answers.IsZero() {
		f.Limited, f.Event, f.Request, f.Cost = len(bytes), o.Type.Name, o.IsRequest(), cost
	}
	return f
}

// framesOfChosen returns the frames for members of queue groups, which name their groups.
func framesOfChosen(o *core.Outgoing, bytes []byte, payload, cost int) map[*core.Remote]*sendq.Frame {
	frames := map[*core.Remote]*sendq.Frame{}
	for _, r := range o.Remotes {
		if groups := o.GroupsOf(r); groups != nil {
			frames[r] = frameOf(o, new(sendq.Frame), wire.ForGroups(bytes, payload, groups), cost)
		}
	}
	return frames
}

// Sync implements lahja.EndpointAPI. If a handler, with its own context, syncs with its own
// endpoint, the sync does not wait for that handler. Handlers of two endpoints that sync
// with each other wait until their contexts end.
func (e *Endpoint) Sync(ctx context.Context, name string) error {
	return lahja.Completed(e.sync(ctx, name), lahja.Error{Peer: name})
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
		return e.core.OrClosing(op, &lahja.Error{Op: op, Endpoint: e.name, Peer: name, Kind: lahja.ErrRemoteDisconnected, Detail: "it is not connected", Err: ended})
	}
	e.core.Waits(ctx)
	answered, forget := p.ask(wire.Sync)
	defer forget()
	select {
	case <-answered:
		return nil
	case <-e.core.Done():
		return e.core.LifecycleError(op)
	case <-p.done:
		return e.core.OrClosing(op, &lahja.Error{Op: op, Endpoint: e.name, Peer: name, Kind: lahja.ErrRemoteDisconnected, Err: p.reason()})
	case <-ctx.Done():
		return &lahja.Error{Op: op, Endpoint: e.name, Peer: name, Detail: "its handlers are still busy, or it does not read", Err: ctx.Err()}
	}
}
