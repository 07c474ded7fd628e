// Package observetest checks what endpoints observe.
package observetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
)

// Story keeps what observers see.
type Story struct {
	mu  sync.Mutex
	all []lahja.Observation
}

// See is a lahja.Observer. It takes an observation of several events, or of one for several
// peers, for that of each one.
func (s *Story) See(o lahja.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range o.Each() {
		s.see(o)
	}
}

func (s *Story) see(o lahja.Observation) {
	n := o.Events()
	o.Count, o.Size, o.Took = 0, o.Size/n, o.Took/time.Duration(n)
	for range n {
		s.all = append(s.all, o)
		o.ID.Sequence++
	}
}

// Where returns the observations for which is returns true, in the order of their times.
func (s *Story) Where(is func(lahja.Observation) bool) (some []lahja.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.all {
		if is(o) {
			some = append(some, o)
		}
	}
	slices.SortStableFunc(some, func(a, b lahja.Observation) int { return a.Time.Compare(b.Time) })
	return some
}

// All returns all observations.
func (s *Story) All() []lahja.Observation {
	return s.Where(func(lahja.Observation) bool { return true })
}

// Event returns what was observed of an event.
func (s *Story) Event(id lahja.EventID) []lahja.Observation {
	return s.Where(func(o lahja.Observation) bool { return o.ID == id })
}

// one returns the only observation of a kind at an endpoint.
func (s *Story) one(t *testing.T, endpoint string, kind lahja.ObservationKind, event string) lahja.Observation {
	t.Helper()
	found := s.Where(func(o lahja.Observation) bool { return o.Kind == kind && o.Endpoint == endpoint && o.Event == event })
	if len(found) != 1 {
		t.Fatalf("%s observed %q of %q %d times, want once", endpoint, kind, event, len(found))
	}
	return found[0]
}

type (
	note  struct{ N int }
	query struct {
		lahja.Expects[reply]
		Silent bool
	}
	reply struct{ N int }
)

func (note) EventName() string  { return "observetest/note" }
func (query) EventName() string { return "observetest/query" }
func (reply) EventName() string { return "observetest/reply" }

// Conversation has a client talk to a server that it is connected to, both of which seen
// observes, and checks what each of them sees. It closes both.
func Conversation(t *testing.T, seen *Story, server, client lahja.EndpointAPI) {
	t.Helper()
	ctx, began := testkit.Context(t), time.Now()
	silent, giveUp := context.WithCancel(ctx)
	notes, err := lahja.NewStream[note](server)
	testkit.Check(t, err)
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[query]) error {
		if e.Data.Silent {
			giveUp()
			return nil
		}
		return e.Respond(ctx, reply{})
	})
	testkit.Check(t, err)
	testkit.Check(t, lahja.WaitUntilEndpointSubscribedTo[note](ctx, client, server.Name()))
	testkit.Check(t, lahja.WaitUntilEndpointSubscribedTo[query](ctx, client, server.Name()))
	if err := lahja.Broadcast(ctx, client, reply{}); !errors.Is(err, lahja.ErrNoSubscribers) {
		t.Errorf("a broadcast to nobody returns %v", err)
	}
	testkit.Check(t, lahja.Broadcast(ctx, client, note{}))
	got, err := notes.Next(ctx)
	testkit.Check(t, err)
	answer, err := lahja.Request(ctx, client, query{})
	testkit.Check(t, err)
	testkit.Check(t, client.Sync(ctx, server.Name()))
	asked := seen.one(t, client.Name(), lahja.RequestStarted, "observetest/query")
	_, err = lahja.Request(silent, client, query{Silent: true})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a request that is given up returns %v", err)
	}
	testkit.Check(t, lahja.Shutdown(ctx, client))
	testkit.Check(t, lahja.Shutdown(ctx, server))

	wantFailed(t, seen.one(t, client.Name(), lahja.BroadcastFailed, "observetest/reply"))
	wantEvent(t, seen.Event(got.ID()), began, "client sent to server", "server received from client", "server taken from client")
	wantEvent(t, seen.Event(answer.ID()), began, "server sent to client", "client received from server")
	wantEvent(t, at(server, seen.Event(asked.ID)), began, "server received from client", "server handled from client")
	wantEvent(t, at(client, seen.Event(asked.ID)), began, "client request started to server", "client sent to server", "client request ended to server")
	wantRequest(t, seen, asked.ID, answer)
	wantGivenUp(t, seen, asked.ID)
	wantPeers(t, seen, got.ID().Instance, answer.ID().Instance)
}

func at(ep lahja.EndpointAPI, all []lahja.Observation) []lahja.Observation {
	return slices.DeleteFunc(all, func(o lahja.Observation) bool { return o.Endpoint != ep.Name() })
}

// wantEvent wants these observations in this order.
func wantEvent(t *testing.T, seen []lahja.Observation, began time.Time, want ...string) {
	t.Helper()
	var got []string
	for _, o := range seen {
		direction := "from"
		if o.Outgoing {
			direction = "to"
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", o.Endpoint, o.Kind, direction, o.Peer))
		if o.Time.Before(began) || o.Time.After(time.Now()) || o.Err != nil {
			t.Errorf("got %+v, want a time since %v, and no error", o, began)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("saw %q, want %q", got, want)
	}
}

func wantFailed(t *testing.T, o lahja.Observation) {
	t.Helper()
	if !errors.Is(o.Err, lahja.ErrNoSubscribers) || !o.ID.IsZero() || !o.Outgoing {
		t.Errorf("the broadcast to nobody is %+v", o)
	}
}

func wantRequest(t *testing.T, seen *Story, id lahja.EventID, answer lahja.Event[reply]) {
	t.Helper()
	all := seen.Where(func(o lahja.Observation) bool { return o.ID == id && o.Kind == lahja.RequestEnded })
	if len(all) != 1 {
		t.Fatalf("the request ended %d times, want once", len(all))
	}
	if o := all[0]; o.Answer != answer.ID() || o.AnswerEvent != "observetest/reply" || o.Took <= 0 || o.Event != "observetest/query" {
		t.Errorf("the request that was answered ended as %+v, want the answer %s", o, answer.ID())
	}
}

// wantGivenUp wants the end of the other request.
func wantGivenUp(t *testing.T, seen *Story, answered lahja.EventID) {
	t.Helper()
	all := seen.Where(func(o lahja.Observation) bool { return o.ID != answered && o.Kind == lahja.RequestEnded })
	if len(all) != 1 || !errors.Is(all[0].Err, context.Canceled) || !all[0].Answer.IsZero() {
		t.Errorf("the request that was given up ended as %+v, want it once and its error", all)
	}
}

// wantPeers wants each side to know which run of the other it was connected to.
func wantPeers(t *testing.T, seen *Story, client, server uint64) {
	t.Helper()
	for endpoint, instance := range map[string]uint64{"client": server, "server": client} {
		for _, kind := range []lahja.ObservationKind{lahja.Connected, lahja.Disconnected} {
			if o := seen.one(t, endpoint, kind, ""); o.PeerInstance != instance {
				t.Errorf("%s: %s has the instance %x, want %x", endpoint, kind, o.PeerInstance, instance)
			}
		}
	}
	announced := seen.Where(func(o lahja.Observation) bool {
		return o.Endpoint == "client" && (o.Kind == lahja.Connected || o.Kind == lahja.SubscriptionsUpdated)
	})
	latest := announced[len(announced)-1].Types
	if len(latest) != 2 || latest[0].Name != "observetest/note" || latest[1].Name != "observetest/query" || latest[0].Shape == 0 {
		t.Errorf("the client saw that the server subscribes to %v, want both types with their versions", latest)
	}
}
