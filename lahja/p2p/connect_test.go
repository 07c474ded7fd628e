package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestBothSidesKnowEachOtherWhenConnectReturns(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for i := range 50 {
			server, client := n.serve(fmt.Sprint("server", i)), n.run("client")
			stream[Tick](t, server)
			stream[Pong](t, client)
			n.connect(client, server.Name())
			if !lahja.IsEndpointSubscribedTo[Tick](client, server.Name()) {
				t.Fatalf("the client sees %v", lahja.GetConnectedEndpointsAndSubscriptions(client))
			}
			if !lahja.IsEndpointSubscribedTo[Pong](server, "client") {
				t.Fatalf("the server sees %v", lahja.GetConnectedEndpointsAndSubscriptions(server))
			}
		}
	})
}

func TestConnectToSeveralInParallel(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		client := n.run("client")
		names := []string{"a", "b", "c", "d"}
		for _, name := range names {
			n.serve(name)
		}
		n.connect(client, names...)
		for _, name := range names {
			if !lahja.IsConnectedTo(client, name) {
				t.Errorf("not connected to %s", name)
			}
		}
	})
}

func TestConnectionAttemptsThatAreRejectedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.serve("server")
		n.serve("other")
		client := n.run("client")
		n.connect(client, "server")
		for name, configs := range map[string][]lahja.ConnectionConfig{
			"oneself":           {n.config("client")},
			"already connected": {n.config("server")},
			"twice in one call": {n.config("other"), n.config("other")},
		} {
			err := client.ConnectToEndpoints(t.Context(), configs...)
			if !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
				t.Errorf("%s: got %v, want a rejected attempt", name, err)
			}
		}
		if lahja.IsConnectedTo(client, "other") {
			t.Error("one of two attempts in a rejected call was made")
		}
		n.connect(client, "other")
	})
}

func TestOneFailureOfSeveralIsReportedAndTheOthersConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		n.serve("server")
		client := n.run("client")
		started := time.Now()
		err := client.ConnectToEndpoints(limited(t), n.config("server"), n.config("nobody"))
		text := is(t, err, context.DeadlineExceeded)
		if !strings.Contains(text, "nobody") || strings.Contains(text, "peer server") {
			t.Errorf("got %q, want it to name nobody alone", text)
		}
		if took := time.Since(started); took != lahja.DefaultListenWait {
			t.Errorf("gave up after %v, want %v", took, lahja.DefaultListenWait)
		}
		if !lahja.IsConnectedTo(client, "server") {
			t.Error("not connected to the server that is there")
		}
	})
}

func TestAnEndpointAtItsOwnAddressUnderAnotherNameRefusesItself(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		config := n.config("server")
		config.Name = "other"
		text := is(t, server.ConnectToEndpoints(limited(t), config), lahja.ErrConnectionAttemptRejected)
		if !strings.Contains(text, "itself") {
			t.Errorf("got %q", text)
		}
	})
}

func TestConnectWaitsForTheListener(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		client := n.run("client")
		connected := make(chan error, 1)
		go func() { connected <- client.ConnectToEndpoints(limited(t), n.config("server")) }()
		n.serve("server")
		check(t, <-connected)
	})
}

func TestConnectThatIsCancelledLeavesNothingBehind(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		l, err := n.opts.Transport.Listen(t.Context(), n.config("server").Address)
		check(t, err)
		client := n.run("client")
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- client.ConnectToEndpoints(ctx, n.config("server")) }()
		conn, err := l.Accept() // and say nothing
		check(t, err)
		defer conn.Close()
		in := wire.NewReader(conn)
		if _, _, err := in.Next(wire.MaxHello); err != nil {
			t.Fatal(err)
		}
		cancel()
		is(t, <-failed, context.Canceled)
		if _, _, err := in.Next(wire.MaxHello); err == nil {
			t.Error("the connection of a cancelled attempt is still open")
		}
		check(t, l.Close())
		n.serve("server")
		n.connect(client, "server")
	})
}

func TestConnectionThatNeverGetsReadyIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		l, err := n.opts.Transport.Listen(t.Context(), n.config("server").Address)
		check(t, err)
		go func() {
			conn, _ := l.Accept()
			conn.Write(helloOf("server", 5).Append(nil))
			for in := wire.NewReader(conn); err == nil; {
				_, _, err = in.Next(1 << 20)
			}
			conn.Close()
		}()
		client := n.run("client")
		started := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		text := is(t, client.ConnectToEndpoints(ctx, n.config("server")), context.DeadlineExceeded)
		if took := time.Since(started); took != lahja.DefaultReadyWait || !strings.Contains(text, "ReadyWait") {
			t.Errorf("got %q after %v, want the limit of %v", text, took, lahja.DefaultReadyWait)
		}
		check(t, l.Close())
		check(t, client.Close())
	})
}

func TestTwoThatDialEachOtherEndWithOneConnection(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for round := range 300 {
			// Both orders of names, as the smaller one decides.
			names := [2]string{fmt.Sprint("a", round), fmt.Sprint("b", round)}
			ends := [2]*p2p.Endpoint{n.serve(names[0]), n.serve(names[1])}
			streams := [2]*lahja.Stream[Tick]{stream[Tick](t, ends[0]), stream[Tick](t, ends[1])}
			var errs [2]error
			var both sync.WaitGroup
			start := make(chan struct{})
			for i := range 2 {
				both.Go(func() {
					<-start
					errs[i] = ends[i].ConnectToEndpoints(limited(t), n.config(names[1-i]))
				})
			}
			close(start)
			both.Wait()
			ok := 0
			for _, err := range errs {
				// A call that began after the other one had ended met a
				// connection that was there already.
				if err == nil {
					ok++
				} else if !strings.Contains(err.Error(), "it is already connected") {
					t.Fatalf("round %d: %v", round, errs)
				}
			}
			if ok == 0 {
				t.Fatalf("round %d: both failed: %v", round, errs)
			}
			for i := range 2 {
				check(t, lahja.Broadcast(t.Context(), ends[i], Tick{N: i}, lahja.BroadcastConfig{FilterEndpoints: names[1-i : 2-i]}))
				if e := next(t, streams[1-i]); e.Data.N != i || e.Origin() != names[i] {
					t.Fatalf("round %d: got %v", round, e)
				}
			}
			for i := range 2 {
				check(t, ends[i].Sync(limited(t), names[1-i]))
				if peers := ends[i].Peers().Peers; len(peers) != 2 {
					t.Fatalf("round %d: %s lists %v", round, names[i], peers)
				}
				if e, more := streams[i].TryNext(); more {
					t.Fatalf("round %d: a second %v", round, e)
				}
			}
			check(t, ends[0].Close())
			check(t, ends[1].Close())
		}
	})
}

func TestManyThatDialEachOtherAllConnect(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		const size = 6
		for round := range 20 {
			var ends []*p2p.Endpoint
			for i := range size {
				ends = append(ends, n.serve(fmt.Sprintf("%d-%d", round, i)))
			}
			var all sync.WaitGroup
			for _, ep := range ends {
				all.Go(func() {
					for _, other := range ends {
						if other == ep {
							continue
						}
						err := ep.ConnectToEndpoints(limited(t), n.config(other.Name()))
						if err != nil && !strings.Contains(err.Error(), "already connected") {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			for _, ep := range ends {
				if got := len(ep.Peers().Peers); got != size {
					t.Errorf("%s lists %d endpoints, want %d", ep.Name(), got, size)
				}
			}
			for _, ep := range ends {
				check(t, ep.Close())
			}
		}
	})
}

// The dial is still waiting for a listener when the other side connects.
func TestConnectAdoptsAConnectionThatComesIn(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		a := n.serve("a")
		b := n.run("b") // does not listen: a can only be connected by b
		connected := make(chan error, 1)
		n.opts.ListenWait = time.Minute
		go func() { connected <- a.ConnectToEndpoints(limited(t), n.config("b")) }()
		n.connect(b, "a")
		if err := <-connected; err != nil && !strings.Contains(err.Error(), "already connected") {
			t.Error(err)
		}
	})
}

func TestSecondEndpointOfANameIsRefusedWhileTheFirstLives(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		first, second := n.run("client"), n.run("client")
		n.connect(first, "server")
		err := second.ConnectToEndpoints(limited(t), n.config("server"))
		if text := is(t, err, lahja.ErrConnectionAttemptRejected); !strings.Contains(text, `another endpoint named "client"`) {
			t.Errorf("got %q, want the reason", text)
		}
		check(t, server.Sync(limited(t), "client"))
		check(t, first.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		n.connect(second, "server")
	})
}

// A peer that says nothing may be a process that stands still. Its name is free when its
// connection has ended.
func TestPeerThatStandsStillKeepsItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server := n.serve("server")
		still := n.join("server", "client", nil) // answers no ping from here on
		synctest.Wait()
		started := time.Now()
		client := n.run("client")
		text := is(t, client.ConnectToEndpoints(limited(t), n.config("server")), lahja.ErrConnectionAttemptRejected)
		if took := time.Since(started); took != p2p.ProbeTimeout || !strings.Contains(text, "its connection stands") {
			t.Errorf("got %q after %v, want that the connection stands, after %v", text, took, p2p.ProbeTimeout)
		}
		if !lahja.IsConnectedTo(server, "client") {
			t.Error("the peer that stands still was given up")
		}
		connected := make(chan error, 1)
		go func() { connected <- client.ConnectToEndpoints(limited(t), n.config("server")) }()
		synctest.Wait() // The server waits for an answer to its probe.
		check(t, still.conn.Close())
		check(t, <-connected)
		check(t, client.Close())
		check(t, server.Close())
	})
}

func TestRestartAtOnceNeedsNoWait(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		for range 30 {
			client := n.run("client")
			n.connect(client, "server")
			check(t, client.Close())
		}
		check(t, server.Close())
	})
}

func TestDeadPeerIsNoticedWithoutSending(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		before := server.Peers()
		check(t, client.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		if after := server.Peers(); after.Connections == before.Connections || after.Subscriptions == before.Subscriptions {
			t.Errorf("the counters went from %+v to %+v", before, after)
		}
	})
}

func TestMostPeersAreAccepted(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.MaxPeers = 1
		n.serve("server")
		n.connect(n.run("a"), "server")
		err := n.run("b").ConnectToEndpoints(limited(t), n.config("server"))
		if text := is(t, err, lahja.ErrConnectionAttemptRejected); !strings.Contains(text, "MaxPeers") {
			t.Errorf("got %q, want the option in it", text)
		}
	})
}

// When two endpoints dial each other at once, the one with the smaller name refuses, so that
// one connection is kept. An endpoint of another program counts on that.
func TestSmallerNameRefusesWhenBothDial(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for name, refuses := range map[string]bool{"a": false, "c": true} {
			b := n.serve("b")
			listener, err := n.opts.Transport.Listen(t.Context(), n.config(name).Address)
			check(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			connected := make(chan error, 1)
			go func() { connected <- b.ConnectToEndpoints(ctx, n.config(name)) }()
			conn, err := listener.Accept()
			check(t, err)
			dialled := &raw{t: t, conn: conn, in: wire.NewReader(conn)}
			dialled.expect(wire.Hello)

			came := n.dialRaw("b")
			came.send(helloOf(name, runOf(name)).Append(nil))
			if refuses {
				m, err := wire.ParseRefuse(came.expect(wire.Refuse))
				check(t, err)
				if m.Code != wire.RefuseRedundant {
					t.Errorf("b refuses %s with %v, want %v", name, m, wire.RefuseRedundant)
				}
			} else {
				came.expect(wire.Hello)
			}
			cancel()
			is(t, <-connected, context.Canceled)
			check(t, listener.Close())
			conn.Close()
			check(t, b.Close())
		}
	})
}
