package bench

import (
	"context"
	"fmt"
)

// outlet is the sender's end of a system.
type outlet interface {
	// send sends an event to every consumer.
	send(ctx context.Context, b body) error
	// flush sends the events that still wait.
	flush(ctx context.Context) error
}

// transfer is how a system carries events to consumers in other processes.
type transfer struct {
	// send opens the sender's end. It sends messageListening once consumers can connect,
	// and returns when all have connected.
	send func(ctx context.Context, c *child) (outlet, error)
	// receive connects, sends messageReady, and counts every event. It may return while
	// events still arrive.
	receive func(ctx context.Context, c *child, t *tally) error
}

var transfers = map[string]transfer{
	Lahja:         {sendLahja, receiveLahja},
	Limit:         {sendLimit, receiveFrames},
	WritePerFrame: {sendPerFrame, receiveFrames},
	NATSBus:       {sendLahja, receiveLahja},
}

// find returns the child's system's way to do something.
func find[T any](ways map[string]T, c *child, what string) (T, error) {
	way, ok := ways[c.System]
	if !ok {
		return way, fmt.Errorf("bench: %s does not %s", c.System, what)
	}
	return way, nil
}

func fanoutCases() []Case {
	return []Case{
		{Codec: DefaultCodec, Payload: 100, Consumers: DefaultConsumers, Events: 100_000},
		{Codec: BinaryCodec, Payload: 100, Consumers: DefaultConsumers, Events: 100_000},
		{Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 300_000},
		// 64 MiB: beyond that, a NATS server gives up a client.
		{Codec: DefaultCodec, Payload: 64 << 10, Consumers: DefaultConsumers, Events: 800},
	}
}

// fanout measures one sender and the case's consumers.
func fanout(ctx context.Context, f *fleet, c Case) (Run, error) {
	sender := c.job("sender")
	first, err := f.startListener(ctx, c, &sender)
	if err != nil {
		return Run{}, err
	}
	all := []*process{first}
	for i := range c.Consumers {
		receiver := sender
		receiver.Role, receiver.Index, receiver.OnNATS = "receiver", i, c.onNATS("receiver")
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

// startListener starts the process that others connect to, and waits until they can. A server gets a
// process of its own, and its URL into the job.
func (f *fleet) startListener(ctx context.Context, c Case, j *job) (*process, error) {
	var err error
	if j.System == NATSBus || c.Measure == Bridge {
		err = f.startServer(ctx, j)
	} else {
		j.URL, err = f.serveCarrier(ctx, j.System)
	}
	if err != nil {
		return nil, err
	}
	p, err := f.start("the "+j.Role, f.profiled(*j, j.Role))
	if err == nil {
		_, err = f.expect(ctx, messageListening, p)
	}
	return p, err
}

func playSender(ctx context.Context, c *child) error {
	how, err := find(transfers, c, "send to processes")
	if err != nil {
		return err
	}
	out, err := how.send(ctx, c)
	if err != nil {
		return err
	}
	return c.sendPhases(ctx, out, func(m *message) { m.Last = c.now() })
}

// sendPhases sends each phase's events when the parent orders it. Done completes the message
// about a phase.
func (c *child) sendPhases(ctx context.Context, out outlet, done func(*message)) error {
	if err := c.say(messageReady); err != nil {
		return err
	}
	data := payload(c.Payload)
	for _, p := range c.phases() {
		if err := c.await(p); err != nil {
			return err
		}
		m := message{Kind: p.done, First: c.now()}
		if err := c.sendAll(ctx, out, p.events, data); err != nil {
			return err
		}
		done(&m)
		if err := c.send(m); err != nil {
			return err
		}
	}
	return nil
}

func (c *child) sendAll(ctx context.Context, out outlet, events int, data []byte) error {
	pace := newPace(c.Throttle)
	for i := range events {
		if pace.early(i) {
			if err := out.flush(ctx); err != nil {
				return err
			}
			pace.wait(i)
		}
		if err := out.send(ctx, body{Index: uint64(i), SentAt: c.stamp(i), Payload: data}); err != nil {
			return fmt.Errorf("send event %d: %w", i, err)
		}
		c.passed(uint64(i))
	}
	return out.flush(ctx)
}

// playReceiver receives each phase's events.
func playReceiver(ctx context.Context, c *child) error {
	how, err := find(transfers, c, "send to processes")
	if err != nil {
		return err
	}
	return how.receive(ctx, c, newTally(c, c.send))
}
