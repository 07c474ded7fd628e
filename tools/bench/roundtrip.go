package bench

import (
	"context"
	"fmt"
	"time"
)

// exchange is how a system asks another process and receives an answer.
type exchange struct {
	// answer answers every request. It sends messageListening once it can, and may then
	// return.
	answer func(ctx context.Context, c *child) error
	// ask connects, and returns a function that sends one request, with an index and a
	// payload, and returns those of the answer.
	ask func(ctx context.Context, c *child) (asker, error)
}

type asker func(ctx context.Context, b body) (body, error)

var exchanges = map[string]exchange{
	Lahja:   {answerLahja, askLahja},
	Limit:   {answerFrames, askFrames},
	NATSBus: {answerLahja, askLahja},
}

func roundTripCases() []Case {
	return []Case{{Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 20_000}}
}

// roundTrip measures one process that sends requests to another, one after the other.
func roundTrip(ctx context.Context, f *fleet, c Case) (Run, error) {
	responder := c.job("responder")
	if _, err := f.startListener(ctx, c, &responder); err != nil {
		return Run{}, err
	}
	requester := responder
	requester.Role, requester.OnNATS = "requester", c.onNATS("requester")
	asks, err := f.start("the requester", f.profiled(requester, "requester"))
	if err != nil {
		return Run{}, err
	}
	if _, err := f.expect(ctx, messageReady, asks); err != nil {
		return Run{}, err
	}
	return f.measure(ctx, c, asks)
}

func playResponder(ctx context.Context, c *child) error {
	how, err := find(exchanges, c, "ask")
	if err != nil {
		return err
	}
	return how.answer(ctx, c)
}

func playRequester(ctx context.Context, c *child) error {
	how, err := find(exchanges, c, "ask")
	if err != nil {
		return err
	}
	ask, err := how.ask(ctx, c)
	if err != nil {
		return err
	}
	if err := c.say(messageReady); err != nil {
		return err
	}
	data := payload(c.Payload)
	return c.playPhases(func(index int) error {
		b, err := ask(ctx, body{Index: uint64(index), Payload: data})
		if err == nil && (b.Index != uint64(index) || len(b.Payload) != len(data)) {
			err = fmt.Errorf("the answer has index %d and %d bytes, want %d", b.Index, len(b.Payload), len(data))
		}
		return err
	})
}

// playPhases calls once again and again in each phase, and times each call.
func (c *child) playPhases(once func(index int) error) error {
	for _, p := range c.phases() {
		if err := c.await(p); err != nil {
			return err
		}
		l := newLatency()
		first := c.now()
		last := first
		for i := range p.events {
			if err := once(i); err != nil {
				return fmt.Errorf("number %d: %w", i, err)
			}
			now := c.now()
			l.add(time.Duration(now - last))
			last = now
			c.passed(uint64(i))
		}
		if err := c.send(message{Kind: p.done, First: first, Last: last, Latency: l}); err != nil {
			return err
		}
	}
	return nil
}
