package bench

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// outlet is the sender's end of a system.
type outlet interface {
	// send sends the event to every consumer.
	send(ctx context.Context, b body) error
	// flush sends what still waits.
	flush() error
}

// transfer is how a system gets events to consumers that are other processes.
type transfer struct {
	system string
	// server says that a NATS server has to run.
	server bool
	// send opens the sender's end. It says messageListening once consumers can
	// connect, and returns when all have.
	send func(ctx context.Context, c *child) (outlet, error)
	// receive connects, says messageReady, and has every event counted. It may return
	// while events still come.
	receive func(ctx context.Context, c *child, t *tally) error
}

var transfers = []transfer{
	{system: Lahja, send: sendLahja, receive: receiveLahja},
	{system: Limit, send: sendLimit, receive: receiveFrames},
	{system: WritePerFrame, send: sendPerFrame, receive: receiveFrames},
	{system: NATS, server: true, send: sendNATS, receive: receiveNATS},
}

func transferOf(system string) (transfer, error) {
	for _, t := range transfers {
		if t.system == system {
			return t, nil
		}
	}
	return transfer{}, fmt.Errorf("bench: %s does not send to processes", system)
}

func fanoutCases() []Case {
	return []Case{
		{Codec: DefaultCodec, Payload: 100, Consumers: DefaultConsumers, Events: 100_000},
		{Codec: BinaryCodec, Payload: 100, Consumers: DefaultConsumers, Events: 100_000},
		{Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 300_000},
		// As many as a NATS server holds for a client before it gives it up: 64 MiB.
		{Codec: DefaultCodec, Payload: 64 << 10, Consumers: DefaultConsumers, Events: 800},
	}
}

// fanout measures one sender and the case's consumers.
func fanout(ctx context.Context, f *fleet, c Case) (Run, error) {
	how, err := transferOf(c.System)
	if err != nil {
		return Run{}, err
	}
	sender := c.job("sender")
	if how.server {
		if sender.URL, err = startNATS(ctx, f); err != nil {
			return Run{}, err
		}
	}
	first, err := f.start("the sender", f.profiled(sender, "sender"))
	if err != nil {
		return Run{}, err
	}
	if _, err := f.expect(ctx, messageListening, first); err != nil {
		return Run{}, err
	}
	all := []*process{first}
	for i := range c.Consumers {
		receiver := sender
		receiver.Role, receiver.Index = "receiver", i
		p, err := f.start(fmt.Sprintf("receiver %d", i), f.profiled(receiver, fmt.Sprintf("receiver%d", i)))
		if err != nil {
			return Run{}, err
		}
		all = append(all, p)
	}
	return f.measure(ctx, c, all, len(all)-1)
}

// measure has the first of the processes send, once all are ready, and the others
// receive; each event counts as often as it is received.
func (f *fleet) measure(ctx context.Context, c Case, all []*process, times int) (Run, error) {
	if _, err := f.expect(ctx, messageReady, all...); err != nil {
		return Run{}, err
	}
	f.order(orderWarm, all[0])
	if _, err := f.expect(ctx, messageWarm, all...); err != nil {
		return Run{}, err
	}
	before, err := f.usage(ctx, orderBegin)
	if err != nil {
		return Run{}, err
	}
	f.order(orderRun, all[0])
	done, err := f.expect(ctx, messageDone, all...)
	if err != nil {
		return Run{}, err
	}
	after, err := f.usage(ctx, orderEnd)
	if err != nil {
		return Run{}, err
	}
	return concluded(c, times, done, before, after), nil
}

func concluded(c Case, times int, done, before, after []message) Run {
	var l latency
	last := int64(0)
	for _, d := range done {
		l.merge(d.Latency)
		last = max(last, d.Last)
	}
	var r Run
	r.Seconds = time.Duration(last - done[0].First).Seconds()
	r.SentPerSecond = float64(c.Events) / r.Seconds
	r.PerSecond = r.SentPerSecond * float64(times)
	r.timed(&l)
	r.used(before, after)
	return r
}

// playSender sends each phase's events when it is ordered to.
func playSender(ctx context.Context, c *child) error {
	how, err := transferOf(c.System)
	if err != nil {
		return err
	}
	out, err := how.send(ctx, c)
	if err != nil {
		return err
	}
	if err := c.say(messageReady); err != nil {
		return err
	}
	data := payload(c.Payload)
	for _, p := range c.phases() {
		if err := c.await(p); err != nil {
			return err
		}
		first := c.now()
		if err := c.sendAll(ctx, out, p.events, data); err != nil {
			return err
		}
		if err := c.send(message{Kind: p.done, First: first, Last: c.now()}); err != nil {
			return err
		}
	}
	return nil
}

func (c *child) sendAll(ctx context.Context, out outlet, events int, data []byte) error {
	pace := newPace(c.Throttle)
	for i := range events {
		if pace.early(i) {
			if err := out.flush(); err != nil {
				return err
			}
			pace.wait(i)
		}
		if err := out.send(ctx, body{Index: uint64(i), SentAt: c.stamp(i), Payload: data}); err != nil {
			return fmt.Errorf("send event %d: %w", i, err)
		}
		c.passed(uint64(i))
	}
	return out.flush()
}

// playReceiver receives each phase's events.
func playReceiver(ctx context.Context, c *child) error {
	how, err := transferOf(c.System)
	if err != nil {
		return err
	}
	return how.receive(ctx, c, newTally(c))
}

// tally counts what a receiver gets, and tells the parent when it has all of a
// phase. It is used by one goroutine at a time.
type tally struct {
	child   *child
	want    []byte
	left    []phase
	next    uint64
	latency latency
}

func newTally(c *child) *tally {
	return &tally{child: c, want: payload(c.Payload), left: c.phases()}
}

// got takes an event that the system has decoded.
func (t *tally) got(b body) error {
	if b.Index == 0 && !bytes.Equal(b.Payload, t.want) {
		return fmt.Errorf("the payload of the first event, %d bytes, is not the %d bytes that were sent", len(b.Payload), len(t.want))
	}
	return t.count(b.Index, b.SentAt, len(b.Payload))
}

// count takes an event as the index, the time and the length of its payload.
func (t *tally) count(index uint64, sentAt int64, length int) error {
	switch {
	case len(t.left) == 0:
		return fmt.Errorf("event %d came after the last one", index)
	case index != t.next:
		return fmt.Errorf("event %d came instead of event %d: events were lost, or came out of order", index, t.next)
	case length != len(t.want):
		return fmt.Errorf("event %d has %d bytes, want %d", index, length, len(t.want))
	}
	if sentAt != 0 {
		t.latency.add(time.Duration(t.child.now() - sentAt))
	}
	t.child.passed(index)
	if t.next++; t.next < uint64(t.left[0].events) {
		return nil
	}
	times := t.latency
	m := message{Kind: t.left[0].done, Last: t.child.now(), Latency: &times}
	t.left, t.next, t.latency = t.left[1:], 0, latency{}
	return t.child.send(m)
}
