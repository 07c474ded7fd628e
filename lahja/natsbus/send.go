package natsbus

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Broadcast implements lahja.EndpointAPI. The event is published once for all receivers. If
// config names receivers, it is published once for each of them.
func (e *Endpoint) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	const op = "broadcast"
	out, err := e.core.Prepare(ctx, payload, config)
	if err == nil {
		err = e.send(ctx, op, out, config)
	}
	if err == nil {
		err = out.Mismatch
	}
	if err != nil {
		return e.core.SendFailed(out, op, payload, err)
	}
	return nil
}

// Request implements lahja.EndpointAPI.
func (e *Endpoint) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	const op = "request"
	out, err := e.core.PrepareRequest(ctx, payload, want, config)
	if err == nil {
		if out.Mismatch != nil { // others can answer
			e.opts.Logger.Warn("lahja: request", slog.Any("error", out.Mismatch))
		}
		err = e.send(ctx, op, out, config)
	}
	if err != nil {
		return nil, e.core.SendFailed(out, op, payload, err)
	}
	return out.Awaited(), nil
}

// send delivers to the endpoint itself and queues for its peers.
func (e *Endpoint) send(ctx context.Context, op string, out *core.Outgoing, config lahja.BroadcastConfig) error {
	var frame []byte
	if len(out.Remotes) > 0 {
		var err error
		if frame, err = e.encode(op, out); err != nil {
			return err
		}
	}
	here := !out.Local || out.TryDeliverLocal()
	staying, left := e.sortOut(out, len(frame))
	if len(staying) > 0 {
		ops := e.address(out, config, frame, staying)
		switch result, why := e.queue(ctx, ops, config.NoWait); result {
		case full:
			return e.failEvent(op, out, lahja.ErrQueueFull, fmt.Sprintf("an event of %d bytes was not queued; %d of %d bytes wait for the NATS server",
				len(frame), e.out.load(), e.out.limit), why)
		case gone:
			return e.failEvent(op, out, lahja.ErrLifecycle, "it is closing and has left its peers", nil)
		}
		e.sent(out, staying, len(frame))
	}
	if !here {
		if err := out.DeliverLocal(ctx, config.NoWait); err != nil {
			return err
		}
	}
	return e.lostError(op, out, config, staying, left)
}

// queue queues all of ops or none. Without room it waits, unless nowait is set. Its error
// says why it stopped waiting.
func (e *Endpoint) queue(ctx context.Context, ops []op, nowait bool) (queueResult, error) {
	if f, _ := e.out.try(ops); f != full || nowait {
		return f, nil
	}
	ctx, cancel := e.core.Blocking(ctx)
	defer cancel()
	return e.out.offer(ctx, ops), context.Cause(ctx)
}

// encode makes the message for all receivers.
func (e *Endpoint) encode(op string, out *core.Outgoing) ([]byte, error) {
	payload, err := out.Encode()
	if err != nil {
		return nil, err
	}
	frame := e.appendHead(make([]byte, 0, headerSize+len(payload)+wire.MaxEventOverhead), out)
	frame = wire.AppendEvent(frame, wire.EventMsg{
		Type: out.Type.Name, Shape: out.Type.Shape, Sequence: out.ID.Sequence,
		AnswersInstance: out.Answers.Instance, AnswersSequence: out.Answers.Sequence,
		Headers: out.Headers, Payload: payload,
	}, e.opts.CompressAbove)
	if limit := e.most.Load(); int64(len(frame)) > limit {
		return nil, e.failEvent(op, out, lahja.ErrTooLarge,
			fmt.Sprintf("%d bytes to send, the NATS server takes %d (its max_payload)", len(frame), limit), nil)
	}
	return frame, nil
}

// appendHead begins an event's message. It names the members chosen for queue groups, so
// that one message is enough for all.
func (e *Endpoint) appendHead(dst []byte, out *core.Outgoing) []byte {
	var choices []choice
	for _, r := range out.Remotes {
		if groups := out.GroupsOf(r); groups != nil {
			choices = append(choices, choice{r.Link.(*link).instance, groups})
		}
	}
	if choices == nil {
		return appendHeader(dst, kindEvent, e.core.Instance())
	}
	return append(appendHeader(dst, kindGroupEvent, e.core.Instance()), encoded(choices)...)
}

// address returns one op for the type's subject, or one for each endpoint if only some may
// receive the event. Answers do not count against the limit of the queue: otherwise a
// request could wait for its own answer's room.
func (e *Endpoint) address(out *core.Outgoing, config lahja.BroadcastConfig, frame []byte, to []*link) []op {
	limited := len(frame)
	if !out.Answers.IsZero() {
		limited = 0
	}
	if len(config.FilterEndpoints) == 0 && out.Answers.IsZero() {
		return []op{{subject: e.subjects.event(out.Type.Name), event: out.Type.Name, data: frame, limited: limited}}
	}
	var ops []op
	for i, l := range to {
		data := frame
		if i > 0 { // each is numbered by itself
			data = slices.Clone(frame)
		}
		ops = append(ops, op{subject: l.inbox, to: l, data: data, limited: limited})
	}
	return ops
}

// sortOut separates the receivers that are still there from those that have left. If one of
// those was chosen for a group, nobody of the group receives the event.
func (e *Endpoint) sortOut(out *core.Outgoing, size int) (staying, left []*link) {
	for _, r := range out.Remotes {
		l := r.Link.(*link)
		if !isClosed(l.done) {
			staying = append(staying, l)
			continue
		}
		left = append(left, l)
		if out.GroupsOf(r) != nil {
			e.dropped.Add(1)
			out.Dropped(l.name, size, e.failEvent("send", out, lahja.ErrRemoteDisconnected,
				"it went away before the event was queued for it, and was chosen for a queue group", l.reason))
		}
	}
	return staying, left
}

func (e *Endpoint) sent(out *core.Outgoing, to []*link, size int) {
	e.counts(to, size)
	if len(to) == len(out.Remotes) {
		out.SentToAll(size)
		return
	}
	for _, l := range to {
		out.Sent(l.name, size)
	}
}

// lostError returns an error if an intended receiver went away before it received the
// event: one that the config names, or all of them.
func (e *Endpoint) lostError(op string, out *core.Outgoing, config lahja.BroadcastConfig, staying, left []*link) error {
	nobody := len(staying) == 0 && !out.Local && !config.AllowNoSubscribers
	named := len(config.FilterEndpoints) > 0 || !config.FilterEventID.IsZero()
	if len(left) == 0 || !nobody && !named {
		return nil
	}
	err := e.failEvent(op, out, lahja.ErrRemoteDisconnected, "it went away before the event was queued for it", nil)
	var names []string
	var causes []error
	for _, l := range left {
		names, causes = append(names, l.name), append(causes, l.reason)
	}
	err.Peer, err.Err = brief.List(names), core.Causes(causes...)
	return err
}

func (e *Endpoint) failEvent(op string, out *core.Outgoing, kind error, detail string, cause error) *lahja.Error {
	err := e.fail(op, "", kind, detail, cause)
	err.Event = out.Type.Name
	return err
}
