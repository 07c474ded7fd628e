package lahja

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// welcomeTap serves a connection whose first frame asked for a tap, until the connection
// ends.
func (e *Endpoint) welcomeTap(conn net.Conn, frames *wire.Reader, body []byte) {
	defer conn.Close()
	m, err := wire.ParseTap(body)
	if err != nil {
		e.dismiss(conn)
		e.turnedAway(conn, e.connectionError("", "accept", err))
		return
	}
	t := newTap(conn, frames, m)
	if refusal := e.claimTap(t, m); refusal != nil {
		defer time.AfterFunc(e.opts.handshakeWait(), func() { conn.Close() }).Stop()
		_, _ = conn.Write(refusal.Append(nil)) // It may have left; it is refused all the same.
		e.dismiss(conn)
		e.turnedAway(conn, &Error{Op: "accept", Endpoint: e.name, Kind: ErrConnectionAttemptRejected, Detail: "a tap: " + refusal.Reason})
		return
	}
	err = e.connectionError("", "tap", e.look(t))
	if errors.Is(err, ErrMalformed) || errors.Is(err, ErrTooLarge) {
		e.turnedAway(conn, err)
		return
	}
	e.log(slog.LevelDebug, "lahja: tap ended", "", conn, err)
}

// claimTap admits the tap, or returns why not. From then on the connection no longer counts
// as a pending handshake.
func (e *Endpoint) claimTap(t *tap, m wire.TapMsg) *wire.RefuseMsg {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case m.Version != wire.Version:
		return &wire.RefuseMsg{Code: wire.RefuseProtocol, Reason: fmt.Sprintf("protocol version %d, not %d", m.Version, wire.Version)}
	case e.opts.NoTap:
		return &wire.RefuseMsg{Code: wire.RefuseTap, Reason: e.name + " allows no taps (Options.NoTap)"}
	case e.closing:
		return &wire.RefuseMsg{Code: wire.RefuseClosing, Reason: e.name + " is closing"}
	case len(e.taps) >= MaxTaps:
		return &wire.RefuseMsg{Code: wire.RefuseLimit, Reason: fmt.Sprintf("%s has %d taps, which is the limit; end one of them", e.name, MaxTaps)}
	}
	delete(e.handshakes, t.conn)
	e.taps = append(slices.Clip(e.taps), t)
	e.setTaps(e.taps)
	return nil
}

func (e *Endpoint) forget(t *tap) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taps = slices.DeleteFunc(slices.Clone(e.taps), func(other *tap) bool { return other == t })
	e.setTaps(e.taps)
}
