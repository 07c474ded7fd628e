package p2p_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestACallTakesTheAttemptOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &lahja.Backoff{Least: time.Hour, Most: time.Hour, Jitter: -1})
		server := a.serve("server")
		a.connect(a.client, "server")
		check(t, server.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), a.client, "server"))
		moved := lahja.ConnectionConfig{Name: "server", Address: a.config("elsewhere").Address}
		server, err := p2p.ServeEndpoint(t.Context(), moved, &a.opts)
		a.opened(server, err)
		started := time.Now()
		check(t, a.client.ConnectToEndpoints(limited(t), moved))
		if took := time.Since(started); took != 0 {
			t.Errorf("the call took %v, want none", took)
		}
		check(t, server.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), a.client, "server"))
		server, err = p2p.ServeEndpoint(t.Context(), moved, &a.opts)
		a.opened(server, err)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		check(t, lahja.WaitUntilConnectedTo(ctx, a.client, "server"))
		if took := time.Since(started); took != time.Hour {
			t.Errorf("it was back after %v, want the pause, and the new address", took)
		}
	})
}

func TestWhileACallDialsNobodyElseDoes(t *testing.T) {
	for name, held := range map[string]time.Duration{
		"in a pause": 50 * time.Millisecond,
		"dialling":   150 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAway(t, &steady)
				server := a.serve("server")
				a.connect(a.client, "server")
				a.detour.set(a.detour.Transport.Dial) // which waits for a listener
				check(t, server.Close())
				time.Sleep(held)
				a.detour.dials()
				called := make(chan error, 1)
				go func() { called <- a.client.ConnectToEndpoints(limited(t), a.config("server")) }()
				time.Sleep(lahja.DefaultListenWait / 2)
				if dials := a.detour.dials(); len(dials) != 1 {
					t.Errorf("got %d dials, want that of the call", len(dials))
				}
				text := is(t, a.client.ConnectToEndpoints(limited(t), a.config("server")), lahja.ErrConnectionAttemptRejected)
				if !strings.Contains(text, "already being connected") {
					t.Errorf("got %q", text)
				}
				a.serve("server")
				check(t, <-called)
			})
		})
	}
}

// The attempt waits for a server that gets ready late; so does the call.
func TestACallGoesOnWithTheConnectionThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		server := a.serve("server")
		a.connect(a.client, "server")
		check(t, server.Close())
		told, acknowledge := make(chan map[string]wire.Interest, 2), make(chan struct{})
		l := a.listen(func(r *raw) {
			serveRaw(r, told, acknowledge)
			silence(r)
		})
		<-told
		called := make(chan error, 1)
		go func() { called <- a.client.ConnectToEndpoints(limited(t), a.config("server")) }()
		synctest.Wait()
		acknowledge <- struct{}{}
		check(t, <-called)
		if len(told) != 0 {
			t.Error("the call made another connection")
		}
		check(t, l.Close())
	})
}

func TestACallThatFailsLeavesTheAttemptsGoingOn(t *testing.T) {
	for name, held := range map[string]time.Duration{
		"in a pause": 50 * time.Millisecond,
		"dialling":   150 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAway(t, &steady)
				server := a.serve("server")
				a.connect(a.client, "server")
				check(t, server.Close())
				time.Sleep(held)
				moved := lahja.ConnectionConfig{Name: "server", Address: a.config("elsewhere").Address}
				is(t, a.client.ConnectToEndpoints(limited(t), moved), lahja.ErrNoListener)
				a.serve("server") // where it was
				check(t, lahja.WaitUntilConnectedTo(limited(t), a.client, "server"))
			})
		})
	}
}

func TestAConnectionThatComesInWillDoUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, nil)
		a.opts.Reconnect = &steady
		client := a.serve("client")
		a.opts.Reconnect = nil
		server := a.serve("server")
		a.connect(client, "server")
		check(t, server.Close())
		caller := a.run("server") // does not listen
		a.connect(caller, "client")
		a.detour.set(nobody)
		time.Sleep(time.Hour)
		if dials := a.detour.dials(); len(dials) != 0 || !lahja.IsConnectedTo(client, "server") {
			t.Errorf("it dialled %d times while it was connected", len(dials))
		}
		a.detour.set(nil)
		check(t, caller.Close())
		a.serve("server")
		check(t, lahja.WaitUntilConnectedTo(limited(t), client, "server"))
	})
}

func TestTwoThatGoBackToEachOther(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.Reconnect = &lahja.Backoff{Least: time.Millisecond, Most: 10 * time.Millisecond}
		a, b := n.serve("a"), n.serve("b")
		n.connect(a, "b")
		check(t, lahja.WaitUntilConnectedTo(limited(t), b, "a"))
		for range 20 {
			check(t, b.Close())
			b = n.serve("b")
			if err := b.ConnectToEndpoints(limited(t), n.config("a")); err != nil && !strings.Contains(err.Error(), "already connected") {
				t.Fatal(err)
			}
			check(t, lahja.WaitUntilConnectedTo(limited(t), b, "a"))
			check(t, b.Sync(limited(t), "a"))
		}
	})
}

func TestCallsAndAttemptsOfOneNameAgree(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		n.opts.Reconnect = &lahja.Backoff{Least: time.Microsecond, Most: time.Millisecond}
		client := n.run("client")
		n.connect(client, "server")
		for range 50 {
			check(t, server.Close())
			server = n.serve("server")
			err := client.ConnectToEndpoints(limited(t), n.config("server"))
			if err != nil && !strings.Contains(err.Error(), "already connected") {
				t.Fatal(err)
			}
			check(t, lahja.WaitUntilConnectedTo(limited(t), server, "client")) // the new one
			check(t, server.Sync(limited(t), "client"))
		}
	})
}
