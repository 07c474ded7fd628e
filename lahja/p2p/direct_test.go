package p2p_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

var borrows = lahja.SubscribeConfig{Borrow: true}

// Note is an event whose text and bytes refer to what was read where it is borrowed.
type Note struct {
	N     int
	Text  string
	Bytes []byte
}

func (Note) EventName() string { return "test/note" }

// note is the n-th, of some length.
func note(n int) Note {
	return Note{N: n, Text: strings.Repeat("t", n%50), Bytes: bytes.Repeat([]byte{byte(n)}, 7*n%3000)}
}

func (n Note) is(t *testing.T, want Note) bool {
	same := n.N == want.N && n.Text == want.Text && bytes.Equal(n.Bytes, want.Bytes)
	if !same {
		t.Errorf("got note %d with %d and %d bytes; want %d with %d and %d", n.N, len(n.Text), len(n.Bytes), want.N, len(want.Text), len(want.Bytes))
	}
	return same
}

func TestHandlerThatBorrowsGetsWhatWasSent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		next := 0
		all := make(chan struct{})
		s, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Note]) error {
			if e.Origin() != "client" || e.ID().Sequence != uint64(next+1) || !e.Data.is(t, note(next)) {
				t.Errorf("event %d: %v from %s", next, e.ID(), e.Origin())
			}
			if next++; next == many {
				close(all)
			}
			return nil
		}, lahja.SubscribeConfig{Borrow: true, QueueBytes: 64 << 10})
		check(t, err)
		n.connect(client, "server")
		for i := range many {
			check(t, lahja.Broadcast(limited(t), client, note(i)))
		}
		<-all
		check(t, client.Sync(limited(t), "server"))
		if got := s.Stats(); got != (lahja.SubscriptionStats{Taken: many}) {
			t.Errorf("got %+v; want %d taken and nothing else", got, many)
		}
		if got := inspected(t, server).Peers[0].Received.Events; got != many {
			t.Errorf("%d events were counted, want %d", got, many)
		}
	})
}

// isCalledByReader reports whether the caller is a handler that a reader calls.
func isCalledByReader() bool {
	return bytes.Contains(debug.Stack(), []byte("core.(*Inbox).FlushAndCall"))
}

// TestHandlerMayWaitThatTheReaderCalls pins that whatever the peer has to send is read while the
// handler waits for it.
func TestHandlerMayWaitThatTheReaderCalls(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		calls := map[string]func(ctx context.Context, server *p2p.Endpoint) error{
			"request": func(ctx context.Context, server *p2p.Endpoint) error {
				_, err := lahja.Request(ctx, server, Ping{})
				return err
			},
			"request without its context": func(_ context.Context, server *p2p.Endpoint) error {
				_, err := lahja.Request(limited(t), server, Ping{})
				return err
			},
			"request on another goroutine": func(_ context.Context, server *p2p.Endpoint) error {
				failed := make(chan error, 1)
				go func() {
					_, err := lahja.Request(limited(t), server, Ping{})
					failed <- err
				}()
				return <-failed
			},
			"wait for": func(ctx context.Context, server *p2p.Endpoint) error {
				_, err := lahja.WaitFor[Note](ctx, server)
				return err
			},
			"sync":             func(ctx context.Context, server *p2p.Endpoint) error { return server.Sync(ctx, "client") },
			"sync with itself": func(ctx context.Context, server *p2p.Endpoint) error { return server.Sync(ctx, server.Name()) },
			"wait": func(ctx context.Context, server *p2p.Endpoint) error {
				return lahja.WaitUntilConnectedTo(ctx, server, "late")
			},
			"connect": func(ctx context.Context, server *p2p.Endpoint) error {
				return server.ConnectToEndpoints(ctx, n.config("other"))
			},
			"shutdown": func(ctx context.Context, server *p2p.Endpoint) error { return server.Shutdown(ctx) },
			"close":    func(_ context.Context, server *p2p.Endpoint) error { return server.Close() },
			"broadcast without room": func(ctx context.Context, server *p2p.Endpoint) error {
				for i := range 100 {
					if err := lahja.Broadcast(ctx, server, Pong{N: i}); err != nil {
						return err
					}
				}
				return nil
			},
		}
		n.serve("other")
		for name, call := range calls {
			server, client := n.serve("server-"+strings.ReplaceAll(name, " ", "-")), n.run("client")
			answer(t, client)
			slow, err := lahja.NewStream[Pong](client, lahja.SubscribeConfig{QueueBytes: 1 << 10})
			check(t, err)
			taken := make(chan struct{})
			go func() {
				defer close(taken)
				for range slow.All(context.Background()) {
				}
			}()
			got, direct := make(chan error, 1), false
			_, err = lahja.Subscribe(server, func(ctx context.Context, _ lahja.Event[Tick]) error {
				direct = isCalledByReader()
				got <- call(ctx, server)
				return nil
			})
			check(t, err)
			n.connect(client, server.Name())
			known(t, client)
			check(t, lahja.Broadcast(t.Context(), client, Tick{}))
			switch name {
			case "wait for":
				check(t, lahja.WaitUntilEndpointSubscribedTo[Note](limited(t), client, server.Name()))
				check(t, lahja.Broadcast(t.Context(), client, Note{}))
			case "wait":
				n.connect(n.run("late"), server.Name())
			}
			select {
			case err := <-got:
				if err != nil || !direct {
					t.Errorf("%s: got %v, called by the reader: %v; want it to be and to succeed", name, err, direct)
				}
			case <-limited(t).Done():
				t.Fatalf("%s: the handler waits for ever", name)
			}
			check(t, client.Close())
			<-taken
			check(t, server.Close())
		}
	})
}

// TestHandlerThatKeepsTheReaderDelaysNobody has a handler block that tells no API. Its data stays
// as it is.
func TestHandlerThatKeepsTheReaderDelaysNobody(t *testing.T) {
	first := Note{Text: "first", Bytes: make([]byte, 20_000)}
	_, _ = rand.NewChaCha8([32]byte{}).Read(first.Bytes) // not compressed, so it stays where it was read to
	for _, config := range []lahja.SubscribeConfig{{}, borrows} {
		each(t, func(t *testing.T, n *network) {
			server, client := n.serve("server"), n.run("client")
			answer(t, server)
			release, handled, direct := make(chan struct{}), make(chan int, 100), make(chan bool, 1)
			_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Note]) error {
				want := first
				if e.Data.N == 0 {
					direct <- isCalledByReader()
					<-release
				} else {
					want = note(e.Data.N)
				}
				e.Data.is(t, want)
				handled <- e.Data.N
				return nil
			}, config)
			check(t, err)
			n.connect(client, "server")
			check(t, lahja.Broadcast(limited(t), client, first))
			if !<-direct {
				t.Error("the reader does not call the handler")
			}
			for i := range 100 {
				if i > 0 {
					check(t, lahja.Broadcast(limited(t), client, note(i)))
				}
				if _, err := lahja.Request(limited(t), client, Ping{N: i}); err != nil {
					t.Fatal(err)
				}
			}
			close(release)
			for i := range 100 {
				if got := <-handled; got != i {
					t.Fatalf("got note %d, want %d", got, i)
				}
			}
		})
	}
}

func TestHandlerThatBorrowsAnswersAndBroadcasts(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, client)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return errors.Join(lahja.Broadcast(ctx, server, Tick{N: e.Data.N}), e.Respond(ctx, Pong{N: e.Data.N + 1}))
		}, borrows)
		check(t, err)
		n.connect(client, "server")
		known(t, client)
		for i := range 100 {
			if e, err := lahja.Request(limited(t), client, Ping{N: i}); err != nil || e.Data.N != i+1 || next(t, ticks).Data.N != i {
				t.Fatalf("request %d: got %v, %v", i, e, err)
			}
		}
	})
}

// TestHandlerIsCalledForOneEventAfterTheOther has two peers and the endpoint itself
// send, and another subscription come and go.
func TestHandlerIsCalledForOneEventAfterTheOther(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		senders := []lahja.EndpointAPI{server}
		for i := range 2 {
			client := n.run(fmt.Sprint("client-", i))
			n.connect(client, "server")
			senders = append(senders, client)
		}
		var inside atomic.Int32
		got := map[string]int{}
		calls, all := 0, make(chan struct{})
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Note]) error {
			if inside.Add(1) != 1 {
				t.Error("it is called while it is being called")
			}
			defer inside.Add(-1)
			e.Data.is(t, note(got[e.Origin()]))
			got[e.Origin()]++
			if calls++; calls == len(senders)*many {
				close(all)
			}
			return nil
		}, borrows)
		check(t, err)
		known(t, server)
		for _, from := range senders {
			go func() {
				for i := range many {
					if err := lahja.Broadcast(limited(t), from, note(i)); err != nil {
						t.Errorf("broadcast %d of %s: %v", i, from.Name(), err)
					}
				}
			}()
		}
		for done := false; !done; {
			s, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Note]) error { return nil })
			check(t, err)
			time.Sleep(time.Millisecond)
			s.Close()
			select {
			case <-all:
				done = true
			case <-time.After(time.Millisecond):
			}
		}
	})
}

func TestHandlerThatTheReaderCallsCloses(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for what, end := range map[string]func(s *lahja.Subscription, server *p2p.Endpoint){
			"subscription": func(s *lahja.Subscription, _ *p2p.Endpoint) { s.Close() },
			"endpoint":     func(_ *lahja.Subscription, server *p2p.Endpoint) { _ = server.Close() },
		} {
			server, client := n.serve("server-"+what), n.run("client-"+what)
			subscribed := make(chan *lahja.Subscription, 1)
			ended := make(chan error, 1)
			calls := 0
			s, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Tick]) error {
				if calls++; calls > 1 {
					t.Errorf("%s: called after it was closed", what)
				}
				end(<-subscribed, server)
				ended <- ctx.Err()
				return nil
			}, borrows)
			check(t, err)
			subscribed <- s
			n.connect(client, "server-"+what)
			for i := range 3 {
				err := lahja.Broadcast(limited(t), client, Tick{N: i}, lahja.BroadcastConfig{AllowNoSubscribers: true})
				check(t, err)
			}
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: the handler's context: got %v, want it cancelled", what, err)
			}
			s.Close() // waits for the handler
			check(t, server.Close())
		}
	})
}

// TestCloseWaitsForAHandlerThatTheReaderCalls pins that nothing of an endpoint runs once it is closed.
func TestCloseWaitsForAHandlerThatTheReaderCalls(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		var returned atomic.Bool
		inside := make(chan struct{})
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Tick]) error {
			close(inside)
			<-ctx.Done()
			time.Sleep(10 * time.Millisecond)
			returned.Store(true)
			return nil
		}, borrows)
		check(t, err)
		n.connect(client, "server")
		check(t, lahja.Broadcast(limited(t), client, Tick{}))
		<-inside
		check(t, server.Close())
		if !returned.Load() {
			t.Error("it was closed while a handler ran")
		}
	})
}

// Form brings its own binary form, and uses its memory again.
type Form struct{ Content []byte }

func (Form) EventName() string                { return "test/form" }
func (f Form) MarshalBinary() ([]byte, error) { return f.Content, nil }

func (f *Form) UnmarshalBinary(data []byte) error {
	f.Content = append(f.Content[:0], data...)
	return nil
}

func TestOwnFormIsDecodedToItsMemoryWhereItIsBorrowed(t *testing.T) {
	for _, config := range []lahja.SubscribeConfig{{}, borrows} {
		each(t, func(t *testing.T, n *network) {
			server, client := n.serve("server"), n.run("client")
			var kept [][]byte
			all := make(chan struct{})
			_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Form]) error {
				if want := byte(len(kept)); len(e.Data.Content) != 100 || e.Data.Content[0] != want {
					t.Errorf("event %d: got %v", want, e.Data.Content)
				}
				if kept = append(kept, e.Data.Content); len(kept) == 100 {
					close(all)
				}
				return nil
			}, config)
			check(t, err)
			n.connect(client, "server")
			for i := range 100 {
				check(t, lahja.Broadcast(limited(t), client, Form{bytes.Repeat([]byte{byte(i)}, 100)}))
			}
			<-all
			for i, content := range kept {
				if !config.Borrow && content[0] != byte(i) {
					t.Errorf("event %d has changed to %v behind its handler", i, content)
				}
			}
		})
	}
}
