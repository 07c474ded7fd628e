package p2p_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestEndpointRunsOnce(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		ep := n.serve("a")
		is(t, ep.Run(t.Context()), lahja.ErrLifecycle)
		is(t, ep.Serve(t.Context(), n.config("a")), lahja.ErrLifecycle)
		check(t, ep.Close())
		is(t, ep.Run(t.Context()), lahja.ErrLifecycle)
	})
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "a/b", "ä"} {
		_, err := p2p.New(name, nil)
		is(t, err, lahja.ErrInvalid)
	}
	n := memoryNetwork(t)
	ep, err := p2p.New("a", nil)
	check(t, err)
	is(t, ep.Serve(t.Context(), n.config("b")), lahja.ErrInvalid)
}

func TestMethodsNeedAnEndpointThatRuns(t *testing.T) {
	n := memoryNetwork(t)
	ep, err := p2p.New("a", &n.opts)
	check(t, err)
	for _, state := range []string{"before it runs", "after it closed"} {
		t.Run(state, func(t *testing.T) {
			ctx := t.Context()
			is(t, ep.ConnectToEndpoints(ctx, n.config("b")), lahja.ErrLifecycle)
			is(t, lahja.Broadcast(ctx, ep, Tick{}), lahja.ErrLifecycle)
			_, err := lahja.Request(ctx, ep, Ping{})
			is(t, err, lahja.ErrLifecycle)
			_, err = lahja.NewStream[Tick](ep)
			is(t, err, lahja.ErrLifecycle)
			is(t, ep.Sync(ctx, "a"), lahja.ErrLifecycle)
			is(t, ep.Sync(ctx, "b"), lahja.ErrLifecycle)
			_, err = ep.WaitForChange(ctx, 0)
			is(t, err, lahja.ErrLifecycle)
			is(t, lahja.WaitUntilConnectedTo(ctx, ep, "b"), lahja.ErrLifecycle)
			if peers := ep.Peers().Peers; len(peers) != 0 {
				t.Errorf("it lists %v", peers)
			}
		})
		if state == "before it runs" {
			check(t, ep.Run(t.Context()))
			check(t, ep.Close())
		}
	}
	check(t, ep.Close())
	check(t, ep.Shutdown(t.Context()))
}

func TestEverythingThatWaitsEndsWhenTheEndpointCloses(t *testing.T) {
	waits := map[string]func(ctx context.Context, n *network, ep *p2p.Endpoint) error{
		"stream": func(ctx context.Context, _ *network, ep *p2p.Endpoint) error {
			_, err := lahja.WaitFor[Tick](ctx, ep)
			return err
		},
		"request": func(ctx context.Context, _ *network, ep *p2p.Endpoint) error {
			_, err := lahja.Request(ctx, ep, Ping{})
			return err
		},
		"wait for change": func(ctx context.Context, _ *network, ep *p2p.Endpoint) error {
			return lahja.WaitUntilConnectedTo(ctx, ep, "nobody")
		},
		"connect": func(ctx context.Context, n *network, ep *p2p.Endpoint) error {
			return ep.ConnectToEndpoints(ctx, n.config("nobody"))
		},
		"sync with oneself": func(ctx context.Context, _ *network, ep *p2p.Endpoint) error { return ep.Sync(ctx, "client") },
		"sync with a peer":  func(ctx context.Context, _ *network, ep *p2p.Endpoint) error { return ep.Sync(ctx, "server") },
		"broadcast": func(ctx context.Context, _ *network, ep *p2p.Endpoint) error {
			for {
				err := lahja.Broadcast(ctx, ep, Blob{Bytes: make([]byte, 1<<20)}, lahja.BroadcastConfig{FilterEndpoints: []string{"stopped"}})
				if err != nil {
					return err
				}
			}
		},
	}
	ends := map[string]func(*p2p.Endpoint, context.Context) error{
		"close": func(ep *p2p.Endpoint, _ context.Context) error { return ep.Close() },
		"shutdown": func(ep *p2p.Endpoint, ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel() // a stopped peer does not say goodbye
			ep.Shutdown(ctx)
			return nil
		},
	}
	for how, end := range ends {
		t.Run(how, func(t *testing.T) {
			each(t, func(t *testing.T, n *network) {
				n.opts.ListenWait = 0
				server := n.serve("server")
				ep := n.serve("client")
				stuck := make(chan struct{})
				defer close(stuck)
				handler := func(ctx context.Context, _ lahja.Event[Tick]) error { <-ctx.Done(); return nil }
				for _, e := range []*p2p.Endpoint{server, ep} {
					_, err := lahja.Subscribe(e, handler)
					check(t, err)
				}
				stream[Ping](t, server)
				n.connect(ep, "server")
				n.join("client", "stopped", subscribes("test/blob", 0))
				check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
				check(t, lahja.WaitUntilConnectedTo(limited(t), ep, "stopped"))

				var all sync.WaitGroup
				for name, wait := range waits {
					all.Go(func() {
						if err := wait(limited(t), n, ep); err == nil || limited(t).Err() != nil {
							t.Errorf("%s: %v", name, err)
						} else {
							is(t, err, lahja.ErrLifecycle)
						}
					})
				}
				check(t, end(ep, t.Context()))
				all.Wait()
			})
		})
	}
}

func TestCloseUnlinksTheSocketAndFreesTheAddress(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for range 3 {
			ep := n.serve("a")
			check(t, ep.Close())
			if _, err := os.Stat(n.config("a").Address); !os.IsNotExist(err) {
				t.Errorf("the address is still there: %v", err)
			}
		}
	})
}

func TestServeWhereSomebodyListensFails(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.serve("a")
		if _, err := p2p.ServeEndpoint(t.Context(), n.config("a"), &n.opts); err == nil {
			t.Error("two listen at one address")
		}
	})
}
