package bridge_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
)

// gaps adds up what was reported lost, by event type.
type gaps struct {
	mu   sync.Mutex
	lost map[string]int
}

func (g *gaps) note(gap lahja.Gap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost == nil {
		g.lost = map[string]int{}
	}
	g.lost[gap.Event] += int(gap.Lost)
}

func (g *gaps) of(event string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost[event]
}

// once fails unless each number came once, in order, and returns how many came.
func once(t *testing.T, who string, got []Tick) int {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if got[i].N <= got[i-1].N {
			t.Fatalf("%s got event %d after event %d, want each once and in order", who, got[i].N, got[i-1].N)
		}
	}
	return len(got)
}

// While the server is stopped and started again, events go in both directions. Each of them arrives
// once, or is reported lost.
func TestRestartedServerLosesNothingUnreported(t *testing.T) {
	var toBridge, toRemote gaps
	j := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.NATS.OnGap = toBridge.note })
	theirs := j.remote()
	theirs.OnGap = toRemote.note
	remote, local := j.serveServer("remote", theirs), j.onSocket("local", quiet())
	toThere, toHere := others(t, remote, "local"), others(t, local, "remote")
	j.connect(local, "remote")
	subscribed[Tick](t, remote, "local")
	subscribed[Tick](t, local, "remote")
	const n = 3000
	var both sync.WaitGroup
	restart := make(chan struct{})
	for _, ep := range []lahja.EndpointAPI{remote, local} {
		both.Go(func() {
			for i := range n {
				if ep == local && i == n/3 {
					j.server.Stop()
				}
				if ep == local && i == n/2 {
					close(restart)
				}
				if err := lahja.Broadcast(limited(t), ep, Tick{N: i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	select {
	case <-restart:
	case <-time.After(time.Second): // All that has room waits.
	}
	check(t, j.server.Restart())
	both.Wait()
	eventuallySync(t, local, "remote")
	eventuallySync(t, remote, "local")
	event := nameOf[Tick](t)
	if got, lost := once(t, "the local", toHere.all()), toBridge.of(event); got+lost != n {
		t.Errorf("%d events arrived on the socket and %d were reported lost, want %d together", got, lost, n)
	}
	// What goes to one endpoint alone is counted with other messages to it.
	if got, lost := once(t, "the remote", toThere.all()), toRemote.of(""); got+lost < n || got < n && lost == 0 || got+lost > n+100 {
		t.Errorf("%d events arrived on the server and %d messages were reported lost, want %d together", got, lost, n)
	}
	if s := j.bridge.Stats(); int(s.Missed) < toBridge.of(event) || s.Lost != 0 {
		t.Errorf("got %+v, want %d missed at least, and none lost", s, toBridge.of(event))
	}
}

// heardTicks are the ticks of one peer.
type heardTicks struct {
	mu  sync.Mutex
	got []Tick
}

func (h *heardTicks) all() []Tick {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got
}

// others gathers the ticks that a peer sends.
func others(t *testing.T, ep lahja.EndpointAPI, peer string) *heardTicks {
	t.Helper()
	h := &heardTicks{}
	_, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Tick]) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if e.Origin() == peer {
			h.got = append(h.got, e.Data)
		}
		return nil
	})
	check(t, err)
	return h
}

// While the bridge is killed and started again, events go in both directions. None comes twice, and
// what is missing was sent while the endpoints were told that they were not connected, or just
// before.
func TestNothingComesTwiceWhenABridgeComesBack(t *testing.T) {
	t.Parallel()
	j := unstarted(t)
	killed := j.startProcess()
	again := &lahja.Backoff{Least: 5 * time.Millisecond, Most: 50 * time.Millisecond}
	ours, theirs := quiet(), j.remote()
	ours.Reconnect, theirs.Reconnect = again, again
	remote, local := j.serveServer("remote", theirs), j.onSocket("local", ours)
	toThere, toHere := others(t, remote, "local"), others(t, local, "remote")
	j.connect(local, "remote")
	subscribed[Tick](t, remote, "local")
	subscribed[Tick](t, local, "remote")
	stop := make(chan struct{})
	var both sync.WaitGroup
	var sent [2]int
	for i, ep := range []lahja.EndpointAPI{remote, local} {
		both.Go(func() {
			for sent[i] = 0; ; sent[i]++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := lahja.Broadcast(t.Context(), ep, Tick{N: sent[i]}, lahja.BroadcastConfig{AllowNoSubscribers: true}); err != nil {
					t.Error(err)
				}
				time.Sleep(100 * time.Microsecond) // a rate
			}
		})
	}
	const times = 3
	for range times {
		before := len(toHere.all())
		eventually(t, "events pass", func() bool { return len(toHere.all()) > before+100 && len(toThere.all()) > before+100 })
		killed.kill()
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), local, "remote"))
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), remote, "local"))
		killed = j.startProcess()
		check(t, lahja.WaitUntilConnectedTo(limited(t), local, "remote"))
		check(t, lahja.WaitUntilConnectedTo(limited(t), remote, "local"))
	}
	close(stop)
	both.Wait()
	check(t, local.Sync(limited(t), "remote"))
	check(t, remote.Sync(limited(t), "local"))
	for who, got := range map[string][]Tick{"the local": toHere.all(), "the remote": toThere.all()} {
		once(t, who, got)
		if holes := holesOf(got); holes > times {
			t.Errorf("%s missed events %d times, want one hole at most for each time that the bridge was killed", who, holes)
		}
	}
}

// holesOf counts where numbers are missing.
func holesOf(got []Tick) (n int) {
	for i := 1; i < len(got); i++ {
		if got[i].N != got[i-1].N+1 {
			n++
		}
	}
	return n
}
