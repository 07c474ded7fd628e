package p2p_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// forgery is a server, an endpoint that it trusts, and one that answers what it was not asked.
type forgery struct {
	t       *testing.T
	log     *bytes.Buffer // the server's
	dropped chan lahja.Observation
	server  *p2p.Endpoint
	pings   *lahja.Stream[Ping] // trusted's
	pongs   *lahja.Stream[Pong] // the server's
	mallory *raw
}

func newForgery(t *testing.T, n *network) *forgery {
	f := &forgery{t: t, log: new(bytes.Buffer), dropped: make(chan lahja.Observation, 10_000)}
	n.opts.Logger = slog.New(slog.NewTextHandler(f.log, nil))
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped && o.Endpoint == "server" {
			f.dropped <- o
		}
	}
	f.server = n.serve("server")
	f.pongs = stream[Pong](t, f.server)
	n.opts.Logger = slog.New(slog.DiscardHandler)
	trusted := n.run("trusted")
	f.pings = stream[Ping](t, trusted)
	n.connect(trusted, "server")
	f.mallory = n.join("server", "mallory", subscribes(nameOf[Tick](t), 0))
	check(t, lahja.WaitUntilConnectedTo(limited(t), f.server, "mallory"))
	return f
}

// ask has the server ask trusted alone.
func (f *forgery) ask() (lahja.Answers, lahja.Event[Ping]) {
	f.t.Helper()
	want, err := lahja.TypeOf[Pong]()
	check(f.t, err)
	answers, err := f.server.Request(limited(f.t), Ping{}, want, lahja.BroadcastConfig{FilterEndpoints: []string{"trusted"}})
	check(f.t, err)
	f.t.Cleanup(answers.Close)
	return answers, next(f.t, f.pings)
}

// forge has mallory answer requests of these ids, and returns when the server has seen it.
func (f *forgery) forge(ids ...lahja.EventID) {
	f.t.Helper()
	for i, id := range ids {
		f.mallory.send(wire.AppendEvent(nil, wire.EventMsg{Type: nameOf[Pong](f.t), Sequence: uint64(i + 1),
			AnswersInstance: id.Instance, AnswersSequence: id.Sequence, Payload: []byte{0xa1, 0x61, 'N', 0x18, 66}}, -1))
	}
	f.mallory.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Sync))
	f.mallory.expect(wire.SyncAck)
}

func TestAnswerOfOneWhoWasNotAskedIsDropped(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		f := newForgery(t, n)
		answers, ping := f.ask()
		f.forge(ping.ID())
		check(t, ping.Respond(limited(t), Pong{N: 1}))
		if r, err := answers.Next(limited(t)); err != nil || r.Origin != "trusted" || r.Data() != (Pong{N: 1}) {
			t.Errorf("got %v, %v; want trusted's answer", r, err)
		}
		if e := next(t, f.pongs); e.Origin() != "trusted" {
			t.Errorf("a stream got %v, want trusted's answer alone", e)
		}
		o := <-f.dropped
		if !errors.Is(o.Err, lahja.ErrNotAsked) || o.Peer != "mallory" || o.Answers != ping.ID() {
			t.Errorf("observed %+v, want mallory's answer to %v", o, ping.ID())
		}
		if got := inspected(t, f.server).Totals; got.Forged != 1 || got.Unclaimed != 0 {
			t.Errorf("%d are counted as forged and %d as unclaimed, want 1 and 0", got.Forged, got.Unclaimed)
		}
		check(t, f.server.Close())
		if text := f.log.String(); !strings.Contains(text, "forged answer dropped") || !strings.Contains(text, "peer=mallory") {
			t.Errorf("the log says %q, want it to name mallory", text)
		}
	})
}

func TestRequestIDsCannotBeGuessed(t *testing.T) {
	n := memoryNetwork(t)
	f := newForgery(t, n)
	check(t, lahja.Broadcast(limited(t), f.server, Tick{}))
	seen, err := wire.ParseEvent(f.mallory.expect(wire.Event), lahja.DefaultMaxPayload)
	check(t, err)
	first, one := f.ask()
	second, two := f.ask()
	known := []uint64{seen.Sequence, one.ID().Sequence}
	var guesses []lahja.EventID
	for _, from := range known {
		for distance := range uint64(1000) {
			guesses = append(guesses, lahja.EventID{Instance: one.ID().Instance, Sequence: from + distance + 1})
		}
	}
	first.Close() // of which mallory may know the id
	f.forge(guesses...)
	if got := inspected(t, f.server).Totals.Forged; got != 0 {
		t.Errorf("%d guesses found a request, want none", got)
	}
	check(t, two.Respond(limited(t), Pong{N: 2}))
	if r, err := second.Next(limited(t)); err != nil || r.Origin != "trusted" {
		t.Errorf("got %v, %v; want trusted's answer", r, err)
	}
}

func TestEndpointThatDidNotAskItselfCannotAnswerItself(t *testing.T) {
	n := memoryNetwork(t)
	f := newForgery(t, n)
	answers, ping := f.ask()
	check(t, lahja.Broadcast(limited(t), f.server, Pong{N: 9}, lahja.BroadcastConfig{FilterEventID: ping.ID(), Internal: true}))
	check(t, ping.Respond(limited(t), Pong{N: 1}))
	if r, err := answers.Next(limited(t)); err != nil || r.Origin != "trusted" {
		t.Errorf("got %v, %v; want trusted's answer", r, err)
	}
	if got := inspected(t, f.server).Totals.Forged; got != 1 {
		t.Errorf("%d are counted, want the server's own", got)
	}
}

// A name is not enough: an endpoint that arrives under the name of one that was asked was not
// asked.
func TestSuccessorOfOneWhoWasAskedCannotAnswer(t *testing.T) {
	n := memoryNetwork(t)
	server, peers, pings := asked(t, n)
	answers := request(t, server)
	ping := next(t, pings["a"])
	check(t, peers["a"].Close())
	_, err := answers.Next(limited(t))
	is(t, err, lahja.ErrRemoteDisconnected)
	a := n.run("a")
	n.connect(a, "server")
	config := lahja.BroadcastConfig{FilterEndpoints: []string{"server"}, FilterEventID: ping.ID()}
	check(t, lahja.Broadcast(limited(t), a, Pong{N: 6}, config))
	check(t, a.Sync(limited(t), "server"))
	respond(t, pings, 1, "b")
	if r, err := answers.Next(limited(t)); err != nil || r.Origin != "b" {
		t.Errorf("got %v, %v; want b's answer", r, err)
	}
	if got := inspected(t, server).Totals.Forged; got != 1 {
		t.Errorf("%d are counted as forged, want the successor's", got)
	}
}
