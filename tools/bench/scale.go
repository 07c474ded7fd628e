package bench

import (
	"context"
	"fmt"
	"time"
)

// growth is one thing whose number or size grows.
type growth struct {
	subject string
	sizes   []int
	// events is the number of events at each size.
	events int
	// payload says that the size is the payload's.
	payload bool
	// prepare does the part that is not measured, and returns the part that is.
	prepare func(ctx context.Context, c *child) (func() error, error)
}

// growths begin at a size at which the fixed cost is small and garbage is collected. They end at
// the size that must work, or beyond it if possible. Types go up to the largest number that an
// endpoint may subscribe to, in powers of ten: garbage is seldom collected while they are
// measured, and between close sizes one more collection would look like growth.
var growths = []growth{
	{subject: "types", sizes: []int{100, 1000, 10000}, events: 1, prepare: growTypes},
	{subject: "endpoints", sizes: []int{125, 250, 500, 1000}, events: 1, prepare: growEndpoints},
	{subject: "subscribers", sizes: []int{10, 25, 50, 100, 200}, events: 2000, prepare: growSubscribers},
	{subject: "payload", sizes: []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, maxPayload}, events: 20, payload: true, prepare: growPayload},
}

func scaleCases() []Case {
	var all []Case
	for _, g := range growths {
		for _, size := range g.sizes {
			c := Case{Subject: g.subject, Size: size, Events: g.events, Consumers: 1}
			if g.payload {
				c.Payload = size
			}
			all = append(all, c)
		}
	}
	return all
}

// scale measures the time and the memory that something takes at one size.
func scale(ctx context.Context, f *fleet, c Case) (Run, error) {
	p, err := f.start("the scale process", f.profiled(c.job("scale"), "scale"))
	if err != nil {
		return Run{}, err
	}
	if _, err := f.expect(ctx, messageReady, p); err != nil {
		return Run{}, err
	}
	before, err := f.usage(ctx, orderBegin)
	if err != nil {
		return Run{}, err
	}
	f.order(orderRun, p)
	done, err := f.expect(ctx, messageDone, p)
	if err != nil {
		return Run{}, err
	}
	after, err := f.usage(ctx, orderEnd)
	if err != nil {
		return Run{}, err
	}
	var r Run
	r.used(before, after)
	r.Memory = done[0].Bytes
	r.Seconds = time.Duration(done[0].Last - done[0].First).Seconds()
	r.PerSecond = float64(c.Events) / r.Seconds
	return r, nil
}

func playScale(ctx context.Context, c *child) error {
	for _, g := range growths {
		if g.subject == c.Subject {
			return c.grow(ctx, g)
		}
	}
	return fmt.Errorf("bench: no subject that grows is named %q", c.Subject)
}

func (c *child) grow(ctx context.Context, g growth) error {
	before := settled()
	measured, err := g.prepare(ctx, c)
	if err != nil {
		return err
	}
	if err := c.say(messageReady); err != nil {
		return err
	}
	if err := c.await(c.phases()[1]); err != nil {
		return err
	}
	m := message{Kind: messageDone, First: c.now()}
	if err := measured(); err != nil {
		return err
	}
	m.Last = c.now()
	if m.Bytes = settled() - before; g.payload {
		m.Bytes = used().Memory // what was passed on is not kept
	}
	return c.send(m)
}
