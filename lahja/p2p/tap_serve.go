package p2p

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/tap"
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
	t := tap.New(conn, frames, m)
	if refusal := e.claimTap(t, m); refusal != nil {
		defer time.AfterFunc(e.opts.HandshakeTimeout, func() { conn.Close() }).Stop()
		_, _ = conn.Write(refusal.Append(nil)) // It may have left; it is refused all the same.
		e.dismiss(conn)
		e.turnedAway(conn, &lahja.Error{Op: "accept", Endpoint: e.name, Kind: lahja.ErrConnectionAttemptRejected, Detail: "a tap: " + refusal.Reason})
		return
	}
	err = e.connectionError("", "tap", t.Serve(e.Inspect, func() { e.forget(t) }))
	if errors.Is(err, lahja.ErrMalformed) || errors.Is(err, lahja.ErrTooLarge) {
		e.turnedAway(conn, err)
		return
	}
	e.log(slog.LevelDebug, "lahja: tap ended", "", conn, err)
}

// claimTap admits the tap, or returns why not. From then on the connection no longer counts
// as a pending handshake.
func (e *Endpoint) claimTap(t *tap.Tap, m wire.TapMsg) *wire.RefuseMsg {
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
	delete(e.handshakes, t.Conn())
	e.taps = append(slices.Clip(e.taps), t)
	e.setTaps(e.taps)
	return nil
}

func (e *Endpoint) forget(t *tap.Tap) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taps = slices.DeleteFunc(slices.Clone(e.taps), func(other *tap.Tap) bool { return other == t })
	e.setTaps(e.taps)
}

// showRest lets taps read what waits for them, as long as ctx and TapGoodbye allow.
func (e *Endpoint) showRest(ctx context.Context) {
	e.mu.Lock()
	taps := e.taps
	e.mu.Unlock()
	sealTaps(taps)
	ctx, cancel := context.WithTimeout(ctx, TapGoodbye)
	defer cancel()
	awaitTaps(ctx, taps)
}

func sealTaps(taps []*tap.Tap) {
	for _, t := range taps {
		t.Seal()
	}
}

// awaitTaps waits until the taps that were sealed have ended.
func awaitTaps(ctx context.Context, taps []*tap.Tap) {
	for _, t := range taps {
		select {
		case <-t.Done():
		case <-ctx.Done():
		}
	}
}
