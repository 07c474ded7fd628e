package p2p_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func ended(ep lahja.EndpointAPI) bool {
	select {
	case <-lahja.Done(ep):
		return true
	default:
		return false
	}
}

func TestEndpointSaysWhetherItRunsAndServes(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		ep, err := p2p.New("a", &n.opts)
		n.opened(ep, err)
		says := func(when string, runs, serves, done bool) {
			t.Helper()
			if ep.IsRunning() != runs || ep.IsServing() != serves || ended(ep) != done {
				t.Errorf("%s: it runs %t, serves %t, has ended %t; want %t, %t, %t", when, ep.IsRunning(), ep.IsServing(), ended(ep), runs, serves, done)
			}
		}
		says("new", false, false, false)
		check(t, ep.Serve(t.Context(), n.config("a")))
		says("serving", true, true, false)

		held, release := make(chan struct{}), make(chan struct{})
		_, err = lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error {
			close(held)
			<-release
			return nil
		})
		check(t, err)
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		<-held
		shut := make(chan error, 1)
		go func() { shut <- ep.Shutdown(limited(t)) }()
		for ep.IsServing() {
			runtime.Gosched() // It is about to begin.
		}
		says("shutting down", true, false, false)
		close(release)
		check(t, <-shut)
		says("shut down", false, false, true)
	})
}

// TestDoneWaitsForTheHandlerThatCloses pins that the end is the end of all that runs.
func TestDoneWaitsForTheHandlerThatCloses(t *testing.T) {
	for name, config := range map[string]lahja.SubscribeConfig{"queued": {}, "borrow": {Borrow: true}} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, transports["unix"]())
			server, client := n.serve("server"), n.run("client")
			closed, release := make(chan struct{}), make(chan struct{})
			_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
				check(t, server.Close())
				close(closed)
				<-release
				return nil
			}, config)
			check(t, err)
			n.connect(client, "server")
			check(t, lahja.Broadcast(t.Context(), client, Tick{}))
			<-closed
			if ended(server) {
				t.Error("it has ended, and its handler runs")
			}
			close(release)
			<-server.Done()
		})
	}
}

func TestEndpointThatNeverRanEndsToo(t *testing.T) {
	n := memoryNetwork(t)
	ep, err := p2p.New("a", &n.opts)
	check(t, err)
	check(t, ep.Close())
	<-ep.Done()
	n.serve("taken")
	taken, err := p2p.New("taken", &n.opts)
	check(t, err)
	if err := taken.Serve(t.Context(), n.config("taken")); err == nil {
		t.Error("two serve at one address")
	}
	<-taken.Done()
	if taken.IsServing() || taken.IsRunning() {
		t.Error("it says that it serves")
	}
}

// TestLifecycleOfOthers is about endpoints that do not tell.
func TestLifecycleOfOthers(t *testing.T) {
	ep := memoryNetwork(t).serve("a")
	other := struct{ lahja.EndpointAPI }{ep}
	done := lahja.Done(other)
	if !lahja.IsRunning(other) || lahja.IsServing(other) {
		t.Error("it runs, and whether it serves is not known")
	}
	check(t, ep.Close())
	<-done
	if lahja.IsRunning(other) {
		t.Error("it does not run any more")
	}
}

func TestAllowedToReceive(t *testing.T) {
	if !(lahja.BroadcastConfig{}).AllowedToReceive("a") {
		t.Error("without a filter everybody may receive an event")
	}
	some := lahja.BroadcastConfig{FilterEndpoints: []string{"a", "b"}}
	if !some.AllowedToReceive("a") || !some.AllowedToReceive("b") || some.AllowedToReceive("c") {
		t.Errorf("%v lets others than a and b receive an event", some)
	}
}
