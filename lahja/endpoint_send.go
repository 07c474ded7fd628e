package lahja

import (
	"context"
	"errors"
	"log/slog"

	"github.com/lahja/go-lahja/internal/wire"
)

// Broadcast is EndpointAPI.Broadcast.
func (e *Endpoint) Broadcast(ctx context.Context, payload any, config BroadcastConfig) error {
	out, err := e.core.Prepare(ctx, payload, config)
	if err == nil {
		err = e.send(ctx, out, config)
	}
	if err != nil {
		return e.orClosing("broadcast", err)
	}
	return out.Mismatch
}

// Request is EndpointAPI.Request.
func (e *Endpoint) Request(ctx context.Context, payload any, want EventType, config BroadcastConfig) (Received, error) {
	const op = "request"
	out, err := e.core.PrepareRequest(ctx, payload, want, config)
	if err != nil {
		return Received{}, e.orClosing(op, err)
	}
	if out.Mismatch != nil { // others can answer
		e.opts.logger().Warn("lahja: request", slog.Any("error", out.Mismatch))
	}
	if err := e.send(ctx, out, config); err != nil {
		out.Abandon()
		return Received{}, e.orClosing(op, err)
	}
	answer, err := out.Wait(ctx)
	return answer, e.orClosing(op, err)
}

// orClosing tells errors for want of a peer from those that the endpoint's own
// end causes.
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

// send delivers to the endpoint itself and queues for the others.
func (e *Endpoint) send(ctx context.Context, out *Outgoing, config BroadcastConfig) error {
	if err := ctx.Err(); err != nil {
		failed := out.fail(nil, "nobody got it")
		failed.Err = err
		return failed
	}
	s := sending{out: out}
	if len(out.Remotes) > 0 {
		if err := s.encode(e.opts.compressAbove()); err != nil {
			return err
		}
	}
	if out.Local {
		out.DeliverLocal()
	}
	if err := e.enqueue(ctx, &s, config.NoWait); err != nil {
		return err
	}
	return e.lostError(&s, config)
}

// encode makes the frame that every receiver gets. Answers do not count against
// the limit of a queue: who waits for one would otherwise wait for itself.
func (s *sending) encode(compressAbove int) error {
	payload, err := s.out.Encode()
	if err != nil {
		return err
	}
	s.frame.bytes = wire.AppendEvent(nil, wire.EventMsg{
		Type: s.out.Type.Name, Shape: s.out.Type.Shape, Sequence: s.out.ID.Sequence,
		AnswersInstance: s.out.Answers.Instance, AnswersSequence: s.out.Answers.Sequence,
		Headers: s.out.Headers, Payload: payload,
	}, compressAbove)
	if s.out.Answers.IsZero() {
		s.frame.limited = len(s.frame.bytes)
	}
	return nil
}

// Sync is EndpointAPI.Sync. From a handler, with the handler's context, a sync
// with the endpoint itself does not wait for that handler. Handlers of two
// endpoints that sync with each other wait for each other until their contexts
// end.
func (e *Endpoint) Sync(ctx context.Context, name string) error {
	return completed(e.sync(ctx, name), Error{Peer: name})
}

func (e *Endpoint) sync(ctx context.Context, name string) error {
	const op = "sync"
	if name == e.name {
		return e.core.Sync(ctx)
	}
	if err := e.core.Check(op); err != nil {
		return err
	}
	p := e.holder(name)
	if p == nil || !p.inTable() {
		return e.orClosing(op, &Error{Op: op, Endpoint: e.name, Peer: name, Kind: ErrRemoteDisconnected, Detail: "it is not connected"})
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
