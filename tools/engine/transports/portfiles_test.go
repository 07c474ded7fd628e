//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package transports

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPortFileIsItsListenersUntilThatDies pins that who listens is told by the lock of the
// file: the port of a listener that has died may be another one's, whose connections last.
func TestPortFileIsItsListenersUntilThatDies(t *testing.T) {
	other, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	path := filepath.Join(t.TempDir(), "port")
	alive, err := publish(t.Context(), path, other.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publish(t.Context(), path, "10.0.0.1:1"); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("publishing where somebody listens: %v, want EADDRINUSE", err)
	}
	if err := alive.Close(); err != nil { // as at the end of its process
		t.Fatal(err)
	}
	successor, err := publish(t.Context(), path, "10.0.0.1:1")
	if err != nil {
		t.Fatalf("publishing where somebody died: %v", err)
	}
	defer successor.Close()
	if got, err := os.ReadFile(path); err != nil || string(got) != "10.0.0.1:1" {
		t.Errorf("the file says %q, %v", got, err)
	}
	if rest, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".port-*")); err != nil || len(rest) > 0 {
		t.Errorf("left behind: %v, %v", rest, err)
	}
}

func TestDialOfADeadListenerFailsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "port")
	dialled := dialsTo(make(chan string, 1))
	file, err := publish(t.Context(), path, "10.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	transport := PortFiles{Over: dialled}
	if _, err := transport.Dial(t.Context(), path); !errors.Is(err, errDialled) {
		t.Errorf("while it lives: got %v, want a dial", err)
	}
	if got := <-dialled; got != "10.0.0.1:1" {
		t.Errorf("dialled %s", got)
	}
	if err := file.Close(); err != nil { // as at the end of its process
		t.Fatal(err)
	}
	if _, err := transport.Dial(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("when it is dead: got %v, want ECONNREFUSED", err)
	}
}

var errDialled = errors.New("dialled")

// dialsTo is a transport that only takes note.
type dialsTo chan string

func (d dialsTo) Dial(_ context.Context, address string) (net.Conn, error) {
	d <- address
	return nil, errDialled
}

func (dialsTo) Listen(context.Context, string) (net.Listener, error) { return nil, errDialled }

func TestDialEndsWhenItsListenerHasGone(t *testing.T) {
	for name, goes := range map[string]func(t *testing.T, path string, file *os.File) error{
		"dies":      func(_ *testing.T, _ string, file *os.File) error { return file.Close() },
		"is closed": func(_ *testing.T, path string, _ *os.File) error { return os.Remove(path) },
		"has a successor": func(t *testing.T, path string, _ *os.File) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			successor, err := publish(t.Context(), path, "10.0.0.1:2")
			if err == nil {
				t.Cleanup(func() { _ = successor.Close() })
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "port")
			file, err := publish(t.Context(), path, "10.0.0.1:1")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			over := unanswered(make(chan struct{}))
			failed := make(chan error, 1)
			go func() {
				_, err := PortFiles{Over: over}.Dial(t.Context(), path)
				failed <- err
			}()
			<-over
			if err := goes(t, path, file); err != nil {
				t.Fatal(err)
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
