package subprocess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/lahja/go-lahja/tools/engine"
)

// childNames is the run's table of names as a child sees it, which asks the parent.
type childNames struct{ child *child }

// Publish implements engine.Names.
func (n childNames) Publish(ctx context.Context, name, address string) (withdraw func() error, err error) {
	m := message{Record: engine.Record{Kind: kindPublish, Name: name}, Listening: engine.Listening{Address: address}}
	answer, err := n.child.call(ctx, m, "publish a listener as "+name)
	if err != nil {
		return nil, err
	}
	if answer.Listening.Serial == 0 {
		return nil, fmt.Errorf("another process listens as %q: %w", name, syscall.EADDRINUSE)
	}
	return func() error {
		// Nobody waits for the parent: what this process says later arrives later, and who publishes
		// the name meanwhile waits for a while. If the parent has gone, so have the names.
		_ = n.child.link.send(message{Record: engine.Record{Kind: kindWithdraw, Name: name}, Listening: answer.Listening})
		return nil
	}, nil
}

// Lookup implements engine.Names.
func (n childNames) Lookup(ctx context.Context, name string) (engine.Listening, error) {
	answer, err := n.child.call(ctx, message{Record: engine.Record{Kind: kindLookup, Name: name}}, "look up "+name)
	if err == nil && answer.Listening.Serial == 0 {
		err = fmt.Errorf("nobody listens as %q: %w", name, fs.ErrNotExist)
	}
	return answer.Listening, err
}

// answerName does what the child asks of the table of names. A name that is taken, and one that
// nobody has, are answered without a listener.
func (c *process) answerName(ctx context.Context, m message) {
	c.answer(m, func(answer *message) error {
		names := c.session.names.Of(c)
		if m.Kind == kindLookup {
			c.session.awaitPassage(ctx, c, m.Name)
		}
		if m.Kind == kindPublish {
			if _, err := names.Publish(ctx, m.Name, m.Listening.Address); err != nil {
				return unless(err, syscall.EADDRINUSE)
			}
			select {
			case <-c.reaped:
				c.session.names.Free(c) // Nobody else will.
			default:
			}
		}
		listening, err := names.Lookup(ctx, m.Name)
		if err == nil && m.Kind == kindLookup {
			listening.Address, err = c.session.via(c, m.Name, listening.Address)
		}
		answer.Listening = listening
		return unless(err, fs.ErrNotExist)
	})
}

// unless is err, unless it is that one.
func unless(err, that error) error {
	if errors.Is(err, that) {
		return nil
	}
	return err
}
