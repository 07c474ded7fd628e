package bridge_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// inspected returns the next inspection that a tap is told.
func (r *raw) inspected() (i inspect.Inspection) {
	r.t.Helper()
	check(r.t, json.Unmarshal(r.expect(wire.Inspected), &i))
	return i
}

func TestTapShowsAnImportedEndpoint(t *testing.T) {
	j := bus(t)
	remote, local := j.serveServer("remote", j.remote()), j.onSocket("local", quiet())
	answers(t, remote)
	ticks := stream[Tick](t, local)
	j.connect(local, "remote")
	subscribed[Tick](t, remote, "local")
	r := j.dial("remote")
	r.send(tapOf("*Tick", "*Pong").Append(nil))
	i := r.inspected()
	if i.Name != "remote" || len(i.Peers) != 1 || i.Peers[0].Name != "local" || i.Peers[0].Dialled || len(i.Peers[0].Subscriptions) == 0 || len(i.Taps) != 1 {
		t.Errorf("got %+v, want the local as its peer that has dialled, with what it subscribes to, and the tap", i)
	}
	check(t, lahja.Broadcast(limited(t), remote, Tick{N: 1}))
	if _, err := ticks.Next(limited(t)); err != nil {
		t.Fatal(err)
	}
	_, err := lahja.Request(limited(t), local, Ping{N: 1}) // A Ping is not wanted.
	check(t, err)
	_, err = lahja.Subscribe(remote, func(_ context.Context, _ lahja.Event[Tick]) error { return nil })
	check(t, err)
	subscribed[Tick](t, local, "remote")
	check(t, lahja.Broadcast(limited(t), local, Tick{N: 2}))
	for _, want := range []struct {
		event    string
		passage  wire.Passage
		instance string
	}{
		{nameOf[Tick](t), wire.Sent, i.Instance},
		{nameOf[Pong](t), wire.Sent, i.Instance},
		{nameOf[Tick](t), wire.Received, i.Peers[0].Instance},
	} {
		m, err := wire.ParseTapped(r.expect(wire.Tapped))
		check(t, err)
		e, err := wire.ParseEvent(m.Event, 1<<20)
		check(t, err)
		if string(e.TypeBytes) != want.event || m.Passage != want.passage || len(m.Peers) != 1 || m.Peers[0] != "local" || core.InstanceText(m.Instance) != want.instance {
			t.Errorf("got %+v of %s, want %+v", m, e.TypeBytes, want)
		}
	}
	check(t, remote.Close())
	r.expect(wire.Goodbye)
	r.ended()
}

func TestTapsAreBounded(t *testing.T) {
	j := bus(t)
	j.serveServer("remote", j.remote())
	for range p2p.MaxTaps {
		r := j.dial("remote")
		r.send(tapOf().Append(nil))
		r.inspected()
	}
	r := j.dial("remote")
	r.send(tapOf().Append(nil))
	if m := r.refused(); m.Code != wire.RefuseLimit {
		t.Errorf("got %+v, want the limit", m)
	}
	none := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.NoTap = true })
	none.serveServer("remote", none.remote())
	r = none.dial("remote")
	r.send(tapOf().Append(nil))
	if m := r.refused(); m.Code != wire.RefuseTap {
		t.Errorf("got %+v, want no taps", m)
	}
}

func TestInspectionAndStatsShowWhatPasses(t *testing.T) {
	j := bus(t)
	remote, local := j.serveServer("remote", j.remote()), j.serveSocket("local", quiet())
	answers(t, remote)
	j.connect(local, "remote")
	j.exported("local")
	const n = 5
	for range n {
		_, err := lahja.Request(limited(t), local, Ping{N: 1})
		check(t, err)
	}
	i := j.bridge.Inspect()
	if len(i.Pairs) != 1 || len(i.Exported) != 1 || i.Exported[0] != "local" || len(i.Imported) != 1 || i.Imported[0] != "remote" {
		t.Fatalf("got %+v, want one pair, and both names", i)
	}
	p := i.Pairs[0]
	if p.Local != "local" || p.Remote != "remote" || !p.Ready || p.ToServer.Events != n || p.ToSocket.Events != n || p.ToServer.Bytes == 0 || p.ToSocket.Bytes == 0 {
		t.Errorf("got %+v, want %d requests and answers", p, n)
	}
	if s := j.bridge.Stats(); s.Pairs != 1 || s.Endpoints != 1 || s.ToServer != p.ToServer || s.ToSockets != p.ToSocket {
		t.Errorf("got %+v, want what the pair has passed", s)
	}
}
