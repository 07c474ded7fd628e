package bridge_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// saboteur is a defect of a bridge.
type saboteur struct {
	name string
	// killer is the detector that finds it out.
	killer string
	// new returns hooks of a bridge that has the defect.
	new func() func(name string, events natsbus.ProxyEvents) natsbus.ProxyEvents
}

// saboteurs are the defects that a bridge could have and endpoints of one kind alone could not.
var saboteurs = []saboteur{
	{"drops the origin", "events come from their senders", func() func(string, natsbus.ProxyEvents) natsbus.ProxyEvents {
		return func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents {
			return &dropsOrigin{ProxyEvents: events}
		}
	}},
	{"answers on the wrong side", "answers come to whoever asked", func() func(string, natsbus.ProxyEvents) natsbus.ProxyEvents {
		var all sides
		return func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents {
			return all.add(&answersWrongly{ProxyEvents: events, all: &all})
		}
	}},
	{"announces late", "subscriptions that are known are used", func() func(string, natsbus.ProxyEvents) natsbus.ProxyEvents {
		return func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents { return announcesLate{events} }
	}},
	{"forgets a death", "a death is told", func() func(string, natsbus.ProxyEvents) natsbus.ProxyEvents {
		return func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents { return forgetsDeath{events} }
	}},
	{"duplicates after a reconnect", "nothing comes twice", func() func(string, natsbus.ProxyEvents) natsbus.ProxyEvents {
		return func(_ string, events natsbus.ProxyEvents) natsbus.ProxyEvents {
			return &duplicates{ProxyEvents: events}
		}
	}},
}

// dropsOrigin lets each event come from the peer that was met first.
type dropsOrigin struct {
	natsbus.ProxyEvents
	first *natsbus.ProxyPeer
}

func (s *dropsOrigin) Event(r *natsbus.ProxyPeer, m wire.EventMsg, frame []byte) {
	if s.first == nil {
		s.first = r
	}
	s.ProxyEvents.Event(s.first, m, frame)
}

// sides are those who answer wrongly.
type sides struct {
	mu  sync.Mutex
	all []*answersWrongly
}

func (s *sides) add(one *answersWrongly) natsbus.ProxyEvents {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, one)
	return one
}

// answersWrongly gives an answer to another endpoint, if there is one.
type answersWrongly struct {
	natsbus.ProxyEvents
	all  *sides
	peer *natsbus.ProxyPeer
}

func (s *answersWrongly) Ready(r *natsbus.ProxyPeer) {
	s.all.mu.Lock()
	s.peer = r
	s.all.mu.Unlock()
	s.ProxyEvents.Ready(r)
}

func (s *answersWrongly) Event(r *natsbus.ProxyPeer, m wire.EventMsg, frame []byte) {
	to, peer := s, r
	s.all.mu.Lock()
	for _, other := range s.all.all {
		if m.AnswersInstance != 0 && other != s && other.peer != nil {
			to, peer = other, other.peer
		}
	}
	s.all.mu.Unlock()
	to.ProxyEvents.Event(peer, m, frame)
}

// announcesLate acknowledges what a remote subscribes to before the endpoint on the socket knows it.
type announcesLate struct{ natsbus.ProxyEvents }

func (s announcesLate) Changed(r *natsbus.ProxyPeer) {
	number, _ := r.Interests()
	r.Know(number)
	time.AfterFunc(time.Second, func() { s.ProxyEvents.Changed(r) })
}

// forgetsDeath tells only of ends in order.
type forgetsDeath struct{ natsbus.ProxyEvents }

func (s forgetsDeath) Ended(r *natsbus.ProxyPeer, reason error) {
	if natsbus.IsGoodbye(reason) {
		s.ProxyEvents.Ended(r, reason)
	}
}

// duplicates passes the last event of a connection again when the next one is used.
type duplicates struct {
	natsbus.ProxyEvents
	latest *natsbus.ProxyPeer
	event  wire.EventMsg
	frame  []byte
}

func (s *duplicates) Event(r *natsbus.ProxyPeer, m wire.EventMsg, frame []byte) {
	if s.latest != nil && s.latest != r {
		s.ProxyEvents.Event(r, s.event, s.frame)
	}
	s.ProxyEvents.Event(r, m, frame)
	s.latest, s.event, s.frame = r, m, slices.Clone(frame)
}

// tooLate is when what should have happened is given up, and found missing.
const tooLate = 3 * time.Second

// detectors find out whether a bridge works.
var detectors = map[string]func(t *testing.T, j *joined) error{
	"events come from their senders": func(t *testing.T, j *joined) error {
		local := j.onSocket("local", quiet())
		ticks := stream[Tick](t, local)
		for n, name := range []string{"one", "two"} {
			remote := j.serveServer(name, j.remote())
			j.connect(local, name)
			subscribed[Tick](t, remote, "local")
			check(t, lahja.Broadcast(limited(t), remote, Tick{N: n}))
			if e, err := ticks.Next(limited(t)); err != nil || e.Origin() != name {
				return fmt.Errorf("event %d of %s comes from %q (%v)", n, name, e.Origin(), err)
			}
		}
		return nil
	},
	"answers come to whoever asked": func(t *testing.T, j *joined) error {
		answers(t, j.serveServer("remote", j.remote()))
		one, two := j.onSocket("one", quiet(), "remote"), j.onSocket("two", quiet(), "remote")
		for n, ep := range []lahja.EndpointAPI{one, two} {
			ctx, cancel := context.WithTimeout(t.Context(), tooLate)
			defer cancel()
			if e, err := lahja.Request(ctx, ep, Ping{N: n}); err != nil || e.Data.N != n+1 {
				return fmt.Errorf("the answer to %d is %v: %w", n, e, err)
			}
		}
		return nil
	},
	"subscriptions that are known are used": func(t *testing.T, j *joined) error {
		remote := j.serveServer("remote", j.remote())
		local := j.onSocket("local", quiet(), "remote")
		ticks := stream[Tick](t, remote)
		check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), remote))
		if err := lahja.Broadcast(limited(t), local, Tick{N: 1}); err != nil {
			return err
		}
		check(t, local.Sync(limited(t), "remote"))
		if got := drain(ticks); len(got) != 1 {
			return fmt.Errorf("got %v, want the event that was sent once the subscription was known", got)
		}
		return nil
	},
	"a death is told": func(t *testing.T, j *joined) error {
		var c cord
		theirs := j.remote()
		theirs.NATS = c.options()
		j.serveServer("remote", theirs)
		local := j.onSocket("local", quiet(), "remote")
		c.cut()
		ctx, cancel := context.WithTimeout(t.Context(), tooLate)
		defer cancel()
		return lahja.WaitUntilDisconnectedFrom(ctx, local, "remote")
	},
	"nothing comes twice": func(t *testing.T, j *joined) error {
		ours := quiet()
		ours.Reconnect = &lahja.Backoff{Least: 5 * time.Millisecond, Most: 50 * time.Millisecond}
		local := j.onSocket("local", ours)
		ticks := stream[Tick](t, local)
		for n := range 3 {
			remote := j.serveServer("remote", j.remote())
			if n == 0 {
				j.connect(local, "remote")
			}
			check(t, lahja.WaitUntilConnectedTo(limited(t), remote, "local"))
			subscribed[Tick](t, remote, "local")
			check(t, lahja.Broadcast(limited(t), remote, Tick{N: n}))
			check(t, remote.Sync(limited(t), "local"))
			if got := drain(ticks); len(got) != 1 || got[0].N != n {
				return fmt.Errorf("got %v, want event %d once", got, n)
			}
			check(t, remote.Shutdown(limited(t)))
			check(t, lahja.WaitUntilDisconnectedFrom(limited(t), local, "remote"))
		}
		return nil
	},
}

// Each detector passes on a bridge that works, and finds its saboteur.
func TestSaboteursOfTheBridgeAreKilled(t *testing.T) {
	for _, s := range saboteurs {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			detect := detectors[s.killer]
			if err := detect(t, bus(t)); err != nil {
				t.Errorf("%q fails without a saboteur: %v", s.killer, err)
			}
			err := detect(t, busWith(t, bridge.Hooks{Events: s.new(), Handshake: time.Second}, func(*bridge.Options) {}))
			if err == nil {
				t.Errorf("%q does not find it out", s.killer)
			}
			t.Logf("killed by %q: %v", s.killer, err)
		})
	}
}
