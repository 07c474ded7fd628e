package p2p_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestTapIsRefused(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.NoTap = true
	n.serve("closed")
	n.opts.NoTap = false
	n.serve("open")
	for range p2p.MaxTaps {
		n.tap("open", wire.TapMsg{})
	}
	for _, c := range []struct {
		server  string
		version uint16
		code    wire.RefuseCode
		reason  string
	}{
		{"closed", wire.Version, wire.RefuseTap, "Options.NoTap"},
		{"open", wire.Version, wire.RefuseLimit, "open has 4 taps"},
		{"open", wire.Version + 1, wire.RefuseProtocol, "protocol version 2, not 1"},
	} {
		r := n.dialRaw(c.server)
		r.send(wire.TapMsg{Version: c.version}.Append(nil))
		m, err := wire.ParseRefuse(r.expect(wire.Refuse))
		check(t, err)
		if m.Code != c.code || !strings.Contains(m.Reason, c.reason) {
			t.Errorf("got %+v, want %v: %s", m, c.code, c.reason)
		}
		r.ended()
	}
}

func TestInspectionsComeNoFasterThanTheyMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server := n.serve("server")
		r := n.tap("server", wire.TapMsg{Interval: 1})
		started := time.Now()
		r.inspected()
		if took := time.Since(started); took != p2p.MinTapInterval {
			t.Errorf("the next one took %v, want %v", took, p2p.MinTapInterval)
		}
		check(t, server.Close())
		r.ended()
	})
}

// Peers of which each takes 16 MiB to tell of.
func TestTapIsRefusedTooLargeAnInspection(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 80 MB of JSON")
	}
	n := memoryNetwork(t)
	own := p2p.CoreOf(n.serve("server"))
	types := map[string]lahja.Interest{}
	for i := range wire.MaxTypes {
		types[fmt.Sprintf("%d%s", i, strings.Repeat("<", 240))] = lahja.Interest{Everyone: true} // 6 bytes of JSON for each
	}
	for i := range 5 {
		own.AddPeer(core.RemoteConfig{Name: fmt.Sprint("peer", i), Instance: uint64(i), Subscriptions: types})
	}
	r := n.dialRaw("server")
	r.send(wire.TapMsg{Version: wire.Version}.Append(nil))
	m, err := wire.ParseRefuse(r.expect(wire.Refuse))
	check(t, err)
	if m.Code != wire.RefuseLimit || !strings.Contains(m.Reason, "the limit is 67108864") {
		t.Errorf("got %+v, want it refused for the limit", m)
	}
	r.ended()
}
