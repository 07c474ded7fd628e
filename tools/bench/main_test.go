package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
)

// These systems have a defect that must be found. They run in children of the test binary,
// which register them too.
const (
	dying    = "dying"    // a receiver exits in the middle
	losing   = "losing"   // an event in the middle is not sent
	cutting  = "cutting"  // the last event is not sent
	changing = "changing" // the payload differs
	ending   = "ending"   // the program of the server ends
	nowhere  = "nowhere"  // it cannot be measured
)

// idling is a carrier whose server is a program that never ends.
const idling = "idling"

func TestMain(m *testing.M) {
	for _, name := range []string{dying, losing, cutting, changing} {
		transfers[name] = transfer{send: sendDefective, receive: receiveDefective}
		exchanges[name] = exchange{answer: answerDefective, ask: askFrames}
	}
	Register(Carrier{Name: nowhere, Missing: func() error { return errors.New("there is no such system") }})
	Carrier{Name: ending, Serve: serveEnding}.add()
	Carrier{Name: idling, Serve: serveIdling}.add()
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

func serveEnding(_ context.Context, p Process) (string, error) {
	if err := p.Start(exec.Command("sh", "-c", "echo a last word; exit 3")); err != nil {
		return "", err
	}
	select {}
}

// serveIdling returns the number of the program's process.
func serveIdling(_ context.Context, p Process) (string, error) {
	cmd := exec.Command("sleep", "1000")
	err := p.Start(cmd)
	return strconv.Itoa(cmd.Process.Pid), err
}
