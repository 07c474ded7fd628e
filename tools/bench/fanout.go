package bench

import (
	"context"
	"fmt"
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
	if _, err := f.expect(ctx, messageReady, all...); err != nil {
		return Run{}, err
	}
	r, err := f.measure(ctx, c, all...)
	r.SentPerSecond = r.PerSecond
	r.PerSecond *= float64(c.Consumers)
	return r, err
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
	return how.receive(ctx, c, newTally(c, c.send))
}
