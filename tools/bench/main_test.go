package bench

import (
	"context"
	"os"
	"slices"
	"testing"
)

// These systems have a defect that must be found. They run in children of the test binary,
// which register them too.
const (
	dying    = "dying"    // a receiver exits in the middle
	losing   = "losing"   // an event in the middle is not sent
	cutting  = "cutting"  // the last event is not sent
	changing = "changing" // the payload differs
)

func TestMain(m *testing.M) {
	for _, name := range []string{dying, losing, cutting, changing} {
		transfers[name] = transfer{send: sendDefective, receive: receiveDefective}
		exchanges[name] = exchange{answer: answerDefective, ask: askFrames}
	}
	Dispatch()
	os.Exit(m.Run())
}

type defective struct {
	outlet
	child *child
}

func sendDefective(ctx context.Context, c *child) (outlet, error) {
	out, err := sendLahja(ctx, c)
	return defective{out, c}, err
}

func (d defective) send(ctx context.Context, b body) error {
	last := uint64(d.child.Events - 1)
	switch {
	case d.child.System == losing && b.Index == last/2, d.child.System == cutting && b.Index == last:
		return nil
	case d.child.System == changing:
		b.Payload = slices.Repeat([]byte{'x'}, len(b.Payload))
	}
	return d.outlet.send(ctx, b)
}

func receiveDefective(ctx context.Context, c *child, t *tally) error {
	if c.System == dying && c.Index == 1 {
		done := t.done
		t.done = func(m message) error {
			if m.Kind == messageDone {
				os.Exit(0)
			}
			return done(m)
		}
	}
	return receiveLahja(ctx, c, t)
}

// answerDefective listens and answers nothing.
func answerDefective(ctx context.Context, c *child) error {
	_, err := c.accept(ctx)
	return err
}
