package bridge_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// gate holds goodbyes from the server back, so that others cross them.
type gate struct {
	mu     sync.Mutex
	awaits int // what must come before it opens
	opened chan struct{}
	over   <-chan struct{} // closed when a test has taken too long
}

func newGate(t *testing.T, awaits int) *gate {
	return &gate{awaits: awaits, opened: make(chan struct{}), over: limited(t).Done()}
}

// came notes that something has come that the gate waits for.
func (g *gate) came() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.awaits--; g.awaits == 0 {
		close(g.opened)
	}
}

// hooks are those of a bridge behind the gate. It soon gives up an end that nobody answers, and logs
// that.
func (g *gate) hooks() bridge.Hooks {
	return bridge.Hooks{Handshake: time.Second, Events: func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents {
		return gated{events, g}
	}}
}

type gated struct {
	natsbus.ProxyEvents
	gate *gate
}

func (g gated) Leaving(r *natsbus.ProxyPeer, final bool) {
	g.gate.came()
	select {
	case <-g.gate.opened:
	case <-g.gate.over:
	}
	g.ProxyEvents.Leaving(r, final)
}

// allAnswered expects that all connections through bridges end, and none because nobody answered.
func allAnswered(t *testing.T, all ...*joined) {
	t.Helper()
	for _, j := range all {
		eventually(t, "no connection is left", func() bool { return j.bridge.Stats().Pairs == 0 })
		j.log.await(t, "a connection has ended")
		if log := j.log.String(); strings.Contains(log, "has not answered") {
			t.Errorf("got the log\n%s\nwant that goodbyes are answered", log)
		}
	}
}

// ways are the ways to leave.
var ways = map[string]func(t *testing.T, ep lahja.EndpointAPI) error{
	"Shutdown": func(t *testing.T, ep lahja.EndpointAPI) error { return ep.(lahja.Shutdowner).Shutdown(limited(t)) },
	"Close":    func(_ *testing.T, ep lahja.EndpointAPI) error { return ep.Close() },
}

// Two endpoints behind two bridges leave at once, so that each bridge has said goodbye for its
// endpoint when it hears that of the other one.
func TestGoodbyesThatCrossBetweenTwoBridgesAreAnswered(t *testing.T) {
	for first, leaveFirst := range ways {
		for second, leaveSecond := range ways {
			t.Run(first+" and "+second, func(t *testing.T) {
				t.Parallel()
				g := newGate(t, 2)
				one := busWith(t, g.hooks(), func(*bridge.Options) {})
				two := beside(t, one.server, g.hooks(), func(*bridge.Options) {})
				server, client := one.serveSocket("server", quiet()), two.onSocket("client", quiet())
				two.connect(client, "server")
				toServer, toClient := others(t, server, "client"), others(t, client, "server")
				subscribed[Tick](t, server, "client")
				subscribed[Tick](t, client, "server")
				const n = 1000
				for i := range n {
					check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
					check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
				}
				var both sync.WaitGroup
				both.Go(func() { check(t, leaveFirst(t, server)) })
				both.Go(func() { check(t, leaveSecond(t, client)) })
				both.Wait()
				allAnswered(t, one, two)
				orderly := first == "Shutdown" && second == "Shutdown" // Close handles nothing more.
				for who, heard := range map[string]*heardTicks{"the server": toServer, "the client": toClient} {
					if got := once(t, who, heard.all()); orderly && got != n {
						t.Errorf("%s got %d events, want %d", who, got, n)
					}
				}
			})
		}
	}
}

// takesGoodbye says goodbye for a raw endpoint, and returns when the bridge has taken that.
func (r *raw) takesGoodbye() {
	r.t.Helper()
	r.send(append(goodbye(), wire.NumberMsg{Number: 1}.Append(nil, wire.Ping)...))
	r.expect(wire.Pong)
}

func TestGoodbyesThatCrossInABridgeAreAnswered(t *testing.T) {
	for way, leave := range ways {
		t.Run("that of an endpoint on the server, with "+way, func(t *testing.T) {
			g := newGate(t, 2)
			j := busWith(t, g.hooks(), func(*bridge.Options) {})
			remote := j.serveServer("remote", j.remote())
			r := j.join("remote", "local", nil)
			left := make(chan error)
			go func() { left <- leave(t, remote) }()
			r.takesGoodbye()
			check(t, <-left)
			g.came()
			r.expect(wire.Goodbye)
			r.ended()
			allAnswered(t, j)
		})
	}
	t.Run("one that has hung up", func(t *testing.T) {
		g := newGate(t, 2)
		one := busWith(t, g.hooks(), func(*bridge.Options) {})
		two := beside(t, one.server, g.hooks(), func(*bridge.Options) {})
		server := one.serveSocket("server", quiet())
		r := two.join("server", "client", nil)
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "client"))
		r.takesGoodbye()
		r.conn.Close()
		check(t, server.Shutdown(limited(t)))
		allAnswered(t, one, two)
	})
}

// A goodbye crosses the end of the other side's connection.
func TestGoodbyeThatCrossesADeathIsAnswered(t *testing.T) {
	g := newGate(t, 2)
	one := busWith(t, g.hooks(), func(*bridge.Options) {})
	two := beside(t, one.server, g.hooks(), func(*bridge.Options) {})
	server := one.serveSocket("server", quiet())
	r := two.join("server", "client", nil)
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "client"))
	left := make(chan error)
	go func() { left <- server.Shutdown(limited(t)) }()
	eventually(t, "the other bridge hears of it", func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.awaits == 1 })
	r.conn.Close()
	eventually(t, "the connection has ended", func() bool { return two.bridge.Stats().Pairs == 0 })
	g.came()
	check(t, <-left)
	allAnswered(t, one, two)
}
