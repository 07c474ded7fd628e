package transports

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"testing"

	"github.com/lahja/go-lahja/tools/engine"
)

var errDialled = errors.New("dialled")

// dialsTo is a transport that only takes note.
type dialsTo chan string

func (d dialsTo) Dial(_ context.Context, address string) (net.Conn, error) {
	d <- address
	return nil, errDialled
}

func (dialsTo) Listen(context.Context, string) (net.Listener, error) { return nil, errDialled }

func TestDialOfANameGoesToItsListener(t *testing.T) {
	names := new(engine.NameTable)
	dialled := dialsTo(make(chan string, 1))
	transport := ByName{Over: dialled}
	ctx := place{names: names}.in(t.Context())
	if _, err := transport.Dial(ctx, "server"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before it listens: got %v, want ErrNotExist", err)
	}
	if _, err := names.Of("server's process").Publish(t.Context(), "server", "10.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := transport.Dial(ctx, "server"); !errors.Is(err, errDialled) {
		t.Errorf("while it listens: got %v, want a dial", err)
	}
	if got := <-dialled; got != "10.0.0.1:1" {
		t.Errorf("dialled %s", got)
	}
	names.Free("server's process")
	if _, err := transport.Dial(ctx, "server"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("when its process has ended: got %v, want ErrNotExist", err)
	}
}

func TestByNameOutsideOfABackendSaysWhereItWorks(t *testing.T) {
	if _, err := (ByName{}).Dial(t.Context(), "server"); !errors.Is(err, errNoNames) {
		t.Errorf("dial: got %v", err)
	}
	if _, err := (ByName{}).Listen(t.Context(), "server"); !errors.Is(err, errNoNames) {
		t.Errorf("listen: got %v", err)
	}
}

func TestDialEndsWhenItsListenerHasGone(t *testing.T) {
	for name, successor := range map[string]bool{"gone": false, "has a successor": true} {
		t.Run(name, func(t *testing.T) {
			names := new(engine.NameTable)
			withdraw, err := names.Publish(t.Context(), "server", "10.0.0.1:1")
			if err != nil {
				t.Fatal(err)
			}
			over := unanswered(make(chan struct{}))
			failed := make(chan error, 1)
			go func() {
				_, err := ByName{Over: over}.Dial(place{names: names}.in(t.Context()), "server")
				failed <- err
			}()
			<-over
			if err := withdraw(); err != nil {
				t.Fatal(err)
			}
			if successor {
				if _, err := names.Publish(t.Context(), "server", "10.0.0.1:2"); err != nil {
					t.Fatal(err)
				}
			}
			if err := <-failed; err == nil || t.Context().Err() != nil {
				t.Errorf("got %v, want why it ended", err)
			}
		})
	}
}

// unanswered is a transport whose dials end with their contexts alone.
type unanswered chan struct{}

func (u unanswered) Dial(ctx context.Context, _ string) (net.Conn, error) {
	close(u)
	<-ctx.Done()
	return nil, ctx.Err()
}

func (unanswered) Listen(context.Context, string) (net.Listener, error) { return nil, errDialled }
