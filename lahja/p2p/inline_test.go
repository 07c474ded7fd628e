package p2p_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

var inline = lahja.SubscribeConfig{Inline: true}

// Note is an event whose text and bytes refer to what was read where it is handled inline.
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

func TestInlineHandlerGetsWhatWasSent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		next, waits := 0, error(nil)
		all := make(chan struct{})
		s, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Note]) error {
			if next == 0 {
				waits = server.Sync(ctx, "server")
			}
			if e.Origin() != "client" || e.ID().Sequence != uint64(next+1) || !e.Data.is(t, note(next)) {
				t.Errorf("event %d: %v from %s", next, e.ID(), e.Origin())
			}
			if next++; next == many {
				close(all)
			}
			return nil
		}, lahja.SubscribeConfig{Inline: true, QueueBytes: 64 << 10})
		check(t, err)
		n.connect(client, "server")
		for i := range many {
			check(t, lahja.Broadcast(limited(t), client, note(i)))
		}
		<-all
		check(t, client.Sync(limited(t), "server"))
		is(t, waits, lahja.ErrInvalid) // else it was not called inline
		if got := s.Stats(); got != (lahja.SubscriptionStats{Taken: many}) {
			t.Errorf("got %+v; want %d taken and nothing else", got, many)
		}
		if got := inspected(t, server).Peers[0].Received.Events; got != many {
			t.Errorf("%d events were counted, want %d", got, many)
		}
	})
}

// TestInlineHandlerMustNotWait pins that whatever might have to be read by the one who
// waits for it fails at once, and that it can be done by another goroutine.
func TestInlineHandlerMustNotWait(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.serve("other")
		answer(t, client)
		ticks := stream[Tick](t, server)
		calls := map[string]func(ctx context.Context) error{
			"request": func(ctx context.Context) error {
				_, err := lahja.Request(ctx, server, Ping{})
				return err
			},
			"request without its context": func(context.Context) error {
				_, err := lahja.Request(context.Background(), server, Ping{})
				return err
			},
			"next":             func(ctx context.Context) error { _, err := ticks.Next(ctx); return err },
			"sync":             func(ctx context.Context) error { return server.Sync(ctx, "client") },
			"sync with itself": func(ctx context.Context) error { return server.Sync(ctx, "server") },
			"wait": func(ctx context.Context) error {
				return lahja.WaitUntilConnectedTo(ctx, server, "nobody")
			},
			"connect":  func(ctx context.Context) error { return server.ConnectToEndpoints(ctx, n.config("other")) },
			"shutdown": func(ctx context.Context) error { return server.Shutdown(ctx) },
		}
		got := make(chan map[string]error, 1)
		elsewhere := make(chan error, 1)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Note]) error {
			failed := map[string]error{}
			for name, call := range calls {
				failed[name] = call(ctx)
			}
			go func() {
				_, err := lahja.Request(limited(t), server, Ping{})
				elsewhere <- err
			}()
			got <- failed
			return nil
		}, inline)
		check(t, err)
		n.connect(client, "server")
		check(t, lahja.Broadcast(t.Context(), client, Note{}))
		for name, err := range <-got {
			if !errors.Is(err, lahja.ErrInvalid) || !strings.Contains(err.Error(), "inline") {
				t.Errorf("%s: got %v; want ErrInvalid that says why", name, err)
			}
		}
		check(t, <-elsewhere)
	})
}

func TestInlineHandlerAnswersAndBroadcasts(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, client)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return errors.Join(lahja.Broadcast(ctx, server, Tick{N: e.Data.N}), e.Respond(ctx, Pong{N: e.Data.N + 1}))
		}, inline)
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

// TestInlineHandlerIsToldThatThereIsNoRoom pins that a broadcast in it does not wait for
// room: at a peer, or in a queue of the endpoint's own.
func TestInlineHandlerIsToldThatThereIsNoRoom(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		slow := lahja.SubscribeConfig{QueueBytes: 1 << 10}
		for _, ep := range []*p2p.Endpoint{server, client} {
			_, err := lahja.NewStream[Tick](ep, slow)
			check(t, err)
		}
		full := make(chan error, 1)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Note]) error {
			var err error
			for err == nil {
				err = lahja.Broadcast(ctx, server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{e.Data.Text}})
			}
			full <- err
			return nil
		}, inline)
		check(t, err)
		n.connect(client, "server")
		known(t, client)
		for _, to := range []string{"client", "server"} {
			check(t, lahja.Broadcast(t.Context(), client, Note{Text: to}))
			select {
			case err := <-full:
				is(t, err, lahja.ErrQueueFull)
			case <-limited(t).Done():
				t.Fatalf("the broadcast to %s waits", to)
			}
		}
	})
}

// TestInlineHandlerIsCalledForOneEventAfterTheOther has two peers and the endpoint itself
// send, and another subscription come and go.
func TestInlineHandlerIsCalledForOneEventAfterTheOther(t *testing.T) {
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
		}, inline)
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

func TestInlineHandlerCloses(t *testing.T) {
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
			}, inline)
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

// TestCloseWaitsForAnInlineHandler pins that nothing of an endpoint runs once it is closed.
func TestCloseWaitsForAnInlineHandler(t *testing.T) {
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
		}, inline)
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

func TestOwnFormIsDecodedToItsMemoryWhereItIsInline(t *testing.T) {
	for _, config := range []lahja.SubscribeConfig{{}, inline} {
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
				if !config.Inline && content[0] != byte(i) {
					t.Errorf("event %d has changed to %v behind its handler", i, content)
				}
			}
		})
	}
}

// TestInlineHandlerIsInlineAgain has an event be queued for an inline handler, as it runs
// for another peer.
func TestInlineHandlerIsInlineAgain(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		clients := []*p2p.Endpoint{n.run("a"), n.run("b")}
		for _, client := range clients {
			n.connect(client, "server")
		}
		inside, goOn, handled := make(chan struct{}), make(chan struct{}), make(chan bool, 1)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Tick]) error {
			if e.Data.N == 0 && e.Origin() == "a" {
				close(inside)
				<-goOn
				return nil
			}
			handled <- errors.Is(server.Sync(ctx, "server"), lahja.ErrInvalid) // so it is inline
			return nil
		}, inline)
		check(t, err)
		known(t, server)
		check(t, lahja.Broadcast(limited(t), clients[0], Tick{}))
		<-inside
		check(t, lahja.Broadcast(limited(t), clients[1], Tick{}))
		for inspected(t, server).Subscriptions[0].Queued == 0 {
			time.Sleep(time.Millisecond) // Between looks.
		}
		close(goOn)
		if <-handled {
			t.Error("an event was handled inline while its handler ran for another peer")
		}
		// The goroutine that has called the handler may be there for a moment longer than
		// any call tells: one event is inline again, and not each.
		for i := 1; ; i++ {
			check(t, server.Sync(limited(t), "server"))
			check(t, lahja.Broadcast(limited(t), clients[1], Tick{N: i}))
			if <-handled {
				break
			}
			if i == 1000 {
				t.Fatalf("each of %d ticks was queued, though nothing was in their way", i)
			}
		}
	})
}
