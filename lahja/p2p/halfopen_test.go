package p2p_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// eachWithTCP runs test on every transport, and on TCP and TLS, with "server" for the
// name of the listener.
func eachWithTCP(t *testing.T, test func(t *testing.T, n *network)) {
	each(t, test)
	identity, err := tcptest.NewIdentity("server", "client", "half")
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	for name, transport := range map[string]tcp.Transport{"tcp": {}, "tls": {TLS: config}} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, transport)
			n.addresses = map[string]string{"server": "127.0.0.1:0"}
			test(t, n)
		})
	}
}

// A peer that sends no more and could still read is as good as gone. It would keep its name
// and its subscriptions, and callers waiting, for ever.
func TestPeerThatClosesItsSendingSideHasGone(t *testing.T) {
	eachWithTCP(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		if n.addresses != nil {
			n.addresses["server"] = server.Addr().String()
		}
		client := n.run("client")
		release := make(chan struct{})
		letGo := sync.OnceFunc(func() { close(release) })
		defer letGo()
		_, err := lahja.Subscribe(client, func(ctx context.Context, e lahja.Event[Ping]) error {
			<-release
			return e.Respond(ctx, Pong{N: e.Data.N + 1})
		})
		check(t, err)
		asked := stream[Ping](t, client)
		ticks := stream[Tick](t, server)
		n.connect(client, "server")
		half := n.join("server", "half", subscribes(nameOf[Ping](t), 0))
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "half"))

		type result struct {
			n   int
			err error
		}
		ask := func(peer string) <-chan result {
			answered := make(chan result, 1)
			go func() {
				got, err := lahja.Request(limited(t), server, Ping{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{peer}})
				if err != nil {
					answered <- result{err: err}
					return
				}
				answered <- result{n: got.Data.N}
			}()
			return answered
		}
		ofHalf := ask("half")
		half.expect(wire.Event)
		ofClient := ask("client")
		next(t, asked)

		check(t, half.conn.(interface{ CloseWrite() error }).CloseWrite())
		if text := is(t, (<-ofHalf).err, lahja.ErrRemoteDisconnected); !strings.Contains(text, "half") {
			t.Errorf("got %q, want the peer in it", text)
		}
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "half"))
		half.ended()

		check(t, lahja.Broadcast(t.Context(), client, Tick{N: 3}))
		if e := next(t, ticks); e.Data.N != 3 {
			t.Errorf("got %d from the other peer, want 3", e.Data.N)
		}
		letGo()
		if got := <-ofClient; got.err != nil || got.n != 2 {
			t.Errorf("the other peer's answer: got %d, %v, want 2", got.n, got.err)
		}
		n.join("server", "half", nil)
	})
}
