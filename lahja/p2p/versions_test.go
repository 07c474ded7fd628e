package p2p_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/payload"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// What test/tick and test/pong are in other versions of the program.
type (
	addedTo struct {
		N     int
		Extra string
	}
	removedFrom struct{}
	changed     struct{ N string }
)

// versionOf is the type T, whatever it is called.
func versionOf[T any]() *payload.Type { return must(payload.Of(reflect.TypeFor[T]())) }

// described is the frame that tells of the version T of an event type.
func described[T any](event string) []byte {
	return wire.DescribedMsg{Type: event, Layout: versionOf[T]().Layout}.Append(nil)
}

// subscribesAs is a set of one type, in the version T.
func subscribesAs[T any](event string) map[string]wire.Interest {
	return subscribes(event, versionOf[T]().Shape)
}

// eventAs is the frame of an event in the version T.
func eventAs[T any](t *testing.T, event string, data T, answers wire.EventMsg) []byte {
	t.Helper()
	payload, err := cbor.Marshal(data)
	check(t, err)
	answers.Type, answers.Sequence, answers.Payload = event, 1, payload
	answers.Shape = versionOf[T]().Shape
	return wire.AppendEvent(nil, answers, -1)
}

func TestEventsOfOtherVersionsArrive(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		ticks := stream[Tick](t, server)
		handled := make(chan Tick, 2)
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error { handled <- e.Data; return nil })
		check(t, err)
		newer, older := n.join("server", "newer", nil), n.join("server", "older", nil)
		newer.send(append(described[addedTo]("test/tick"), eventAs(t, "test/tick", addedTo{7, "more"}, wire.EventMsg{})...))
		if e := next(t, ticks); e.Data != (Tick{7}) {
			t.Errorf("of the newer version: got %+v; want N 7", e.Data)
		}
		first := <-handled // The next one comes from another sender.
		older.send(append(described[removedFrom]("test/tick"), eventAs(t, "test/tick", removedFrom{}, wire.EventMsg{})...))
		if e := next(t, ticks); e.Data != (Tick{}) {
			t.Errorf("of the older version: got %+v; want N 0", e.Data)
		}
		if got := [2]Tick{first, <-handled}; got != [2]Tick{{7}, {}} {
			t.Errorf("the handler got %v", got)
		}
	})
}

// The only handler decodes events itself.
func TestEventsOfOtherVersionsArriveAtEveryHandler(t *testing.T) {
	for name, config := range map[string]lahja.SubscribeConfig{"late": {}, "borrow": {Borrow: true}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, n *network) {
				server := n.serve("server")
				handled := make(chan Tick, 10)
				_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error { handled <- e.Data; return nil }, config)
				check(t, err)
				newer := n.join("server", "newer", nil)
				newer.send(described[addedTo]("test/tick"))
				for i := range cap(handled) {
					newer.send(eventAs(t, "test/tick", addedTo{i, "more"}, wire.EventMsg{}))
				}
				for i := range cap(handled) {
					if got := <-handled; got != (Tick{i}) {
						t.Errorf("got %+v; want N %d", got, i)
					}
				}
			})
		})
	}
}

func TestEventsGoToPeersOfOtherVersions(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		newer := n.join("server", "newer", subscribesAs[addedTo]("test/tick"), described[addedTo]("test/tick"))
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "newer"))
		for i := range 2 {
			check(t, lahja.Broadcast(t.Context(), server, Tick{N: i}))
		}
		m, err := wire.ParseDescribed(newer.expect(wire.Described))
		check(t, err)
		if m.Type != "test/tick" || !bytes.Equal(m.Layout, versionOf[Tick]().Layout) {
			t.Errorf("it was told %+v before the first event", m)
		}
		for range 2 {
			if kind, _ := newer.next(); kind != wire.Event {
				t.Errorf("got %v after that; want the events", kind)
			}
		}
	})
}

func TestChangedFieldIsNamedByBothSides(t *testing.T) {
	n := memoryNetwork(t)
	seen := make(chan lahja.Observation, 10)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind != lahja.BroadcastFailed && errors.Is(o.Err, lahja.ErrTypeMismatch) {
			seen <- o
		}
	}
	server := n.serve("server")
	old := n.join("server", "old", subscribesAs[changed]("test/tick"), described[changed]("test/tick"))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "old"))
	for range 2 { // The second one knows the way.
		text := is(t, lahja.Broadcast(t.Context(), server, Tick{N: 1}), lahja.ErrTypeMismatch)
		if !strings.Contains(text, "field N is int here and string there") || !strings.Contains(text, "old") {
			t.Errorf("got %q; want the peer and the field", text)
		}
	}
	is(t, lahja.Broadcast(t.Context(), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"old"}}), lahja.ErrTypeMismatch)
	if m, err := wire.ParseDescribed(old.expect(wire.Described)); err != nil || m.Type != "test/tick" {
		t.Errorf("the peer was told %+v, %v", m, err)
	}

	ticks := stream[Tick](t, server)
	old.send(append(described[changed]("test/tick"), described[changed]("test/tick")...))
	old.send(eventAs(t, "test/tick", changed{"one"}, wire.EventMsg{}))
	for _, want := range []lahja.ObservationKind{lahja.TypesDiffer, lahja.EventDropped} {
		o := <-seen
		if o.Kind != want || o.Peer != "old" || !strings.Contains(o.Err.Error(), "field N is int here and string there") {
			t.Errorf("got %+v; want %v with the field", o, want)
		}
	}
	if e, ok := ticks.TryNext(); ok {
		t.Errorf("got %v", e)
	}
}

func TestAnswersOfOtherVersions(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		responder := n.join("server", "responder", subscribesAs[Ping]("test/ping"))
		check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), server, "responder"))
		answers := []func(id wire.EventMsg) []byte{
			func(id wire.EventMsg) []byte {
				return append(described[addedTo]("test/pong"), eventAs(t, "test/pong", addedTo{5, "more"}, id)...)
			},
			func(id wire.EventMsg) []byte { return eventAs(t, "test/pong", addedTo{6, "more"}, id) },
		}
		for i, answer := range answers {
			got := make(chan error, 1)
			go func() {
				pong, err := lahja.Request(limited(t), server, Ping{})
				if err == nil && pong.Data.N != 5+i {
					err = fmt.Errorf("the answer is %+v", pong.Data)
				}
				got <- err
			}()
			if i == 0 {
				m, err := wire.ParseDescribed(responder.expect(wire.Described))
				check(t, err)
				if m.Type != "test/pong" {
					t.Errorf("%s was described before the request; want its answer", m.Type)
				}
			}
			request, err := wire.ParseEvent(responder.expect(wire.Event), 1<<10)
			check(t, err)
			responder.send(answer(wire.EventMsg{AnswersInstance: p2p.CoreOf(server).Instance(), AnswersSequence: request.Sequence}))
			check(t, <-got)
		}
	})
}

func TestAnswerWithAChangedFieldFailsOnBothSides(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	old := n.join("server", "old", subscribesAs[Ping]("test/ping"), described[changed]("test/pong"))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), server, "old"))
	go func() {
		request, _ := wire.ParseEvent(old.expect(wire.Event), 1<<10)
		old.send(eventAs(t, "test/pong", changed{"one"}, wire.EventMsg{AnswersInstance: p2p.CoreOf(server).Instance(), AnswersSequence: request.Sequence}))
	}()
	_, err := lahja.Request(limited(t), server, Ping{})
	if text := is(t, err, lahja.ErrTypeMismatch); !strings.Contains(text, "test/pong: field N is int here and string there") {
		t.Errorf("got %q; want the answer and the field", text)
	}

	responded := make(chan error, 1)
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		responded <- e.Respond(ctx, Pong{N: 1})
		return nil
	})
	check(t, err)
	old.send(eventAs(t, "test/ping", Ping{N: 1}, wire.EventMsg{}))
	if text := is(t, <-responded, lahja.ErrTypeMismatch); !strings.Contains(text, "field N is int here and string there") || !strings.Contains(text, "old") {
		t.Errorf("got %q; want the peer and the field", text)
	}
	answer, err := wire.ParseEvent(old.expect(wire.Event), 1<<10)
	check(t, err)
	if string(answer.TypeBytes) != "test/pong" || answer.AnswersSequence != 1 {
		t.Errorf("the peer got %+v; want the answer, so that its request fails", answer)
	}
}

func TestErrorOfManyMismatchesIsShort(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	for i := range 50 {
		name := fmt.Sprintf("old%02d", i)
		n.join("server", name, subscribesAs[changed]("test/tick"), described[changed]("test/tick"))
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, name))
	}
	text := is(t, lahja.Broadcast(t.Context(), server, Tick{}), lahja.ErrTypeMismatch)
	if len(text) > 500 || !strings.Contains(text, "and 47 more") || strings.Count(text, "field N") != 1 {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
}

func TestMalformedDescriptionEndsTheConnection(t *testing.T) {
	for name, frames := range map[string][]byte{
		"no layout":    wire.DescribedMsg{Type: "test/unknown", Layout: []byte{1, 99}}.Append(nil),
		"two versions": append(described[changed]("test/unknown"), described[addedTo]("test/unknown")...),
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			stream[Tick](t, n.serve("server"))
			r := n.join("server", "old", nil)
			r.send(frames)
			r.ended()
		})
	}
}

// Beyond the bound descriptions are forgotten, and only equal versions fit.
func TestDescriptionsOfOnePeerAreBounded(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	ticks := stream[Tick](t, server)
	r := n.join("server", "talker", nil)
	layout := versionOf[addedTo]().Layout
	const long = 240
	for i := range payload.MaxVersions / long {
		r.send(wire.DescribedMsg{Type: fmt.Sprintf("%0*d", long, i), Layout: layout}.Append(nil))
	}
	for i := range long { // There is no room for short names either.
		r.send(wire.DescribedMsg{Type: fmt.Sprint(i), Layout: layout}.Append(nil))
	}
	r.send(append(described[addedTo]("test/tick"), eventAs(t, "test/tick", addedTo{1, ""}, wire.EventMsg{})...))
	r.send(eventAs(t, "test/tick", Tick{N: 2}, wire.EventMsg{}))
	if e := next(t, ticks); e.Data != (Tick{2}) {
		t.Errorf("got %+v; want that of the equal version alone", e.Data)
	}
}

func TestInspectionShowsTypesThatDiffer(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	stream[Tick](t, server)
	stream[Pong](t, server)
	n.join("server", "other", nil, described[addedTo]("test/tick"), described[changed]("test/pong"), described[Ping]("test/ping"))
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "other"))
	i, _ := inspect.Endpoint(server)
	want := "[{test/pong true [field N is int here and string there]} {test/tick false [field Extra is only there]}]"
	if got := fmt.Sprint(i.Peers[0].Differing); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
