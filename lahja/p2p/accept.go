package p2p

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// accept accepts connections until the listener is closed.
func (e *Endpoint) accept(l net.Listener) {
	defer e.work.End()
	var pause time.Duration
	for {
		conn, err := l.Accept()
		if err == nil {
			pause = 0
			e.receive(conn)
			continue
		}
		if e.dials.CheckOpen() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		// Out of descriptors, say: that passes.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		e.opts.Logger.Warn("lahja: accept", slog.String("endpoint", e.name), slog.Duration("pause", pause), slog.Any("error", err))
		if !e.sleep(pause) {
			return
		}
	}
}

// sleep waits for d, and reports whether the endpoint is still open afterwards.
func (e *Endpoint) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.core.Done():
		return false
	}
}

// receive welcomes an incoming connection on a goroutine, if it may stay.
func (e *Endpoint) receive(conn net.Conn) {
	longest, ok := e.admit(conn, true) // In the order in which they came.
	if !ok {
		conn.Close()
		return
	}
	e.work.Start()
	go func() {
		if longest != nil {
			longest.Close()
		}
		e.welcome(conn)
	}()
}

// welcome shakes hands with an incoming connection, and reads from it if it may stay.
func (e *Endpoint) welcome(conn net.Conn) {
	var p *peer
	defer func() {
		if p == nil {
			e.work.End()
		}
	}()
	if p = e.welcomed(conn); p != nil {
		p.read()
	}
}

// welcomed returns the peer, or nil if the connection may not stay.
func (e *Endpoint) welcomed(conn net.Conn) *peer {
	frames := wire.NewReader(conn)
	kind, body, err := e.first(conn, frames)
	if err == nil && kind == wire.Tap {
		e.welcomeTap(conn, frames, body)
		return nil
	}
	var p *peer
	if err == nil {
		p, err = e.meet(conn, frames, kind, body)
	}
	if ended := e.dismiss(conn); ended != nil && err != nil {
		err = ended
	}
	if err != nil {
		conn.Close()
		e.turnedAway(conn, err)
		return nil
	}
	p.out.MarkStale()
	return p
}

func (e *Endpoint) turnedAway(conn net.Conn, err error) {
	if e.dials.CheckOpen() != nil {
		return
	}
	name := ""
	if known, ok := errors.AsType[*lahja.Error](err); ok {
		name = known.Peer
	}
	level := slog.LevelWarn
	if errors.Is(err, io.EOF) { // It said nothing: somebody wanted to know whether anybody listens.
		level = slog.LevelDebug
	}
	e.log(level, "lahja: incoming connection refused", name, conn, err)
	e.core.Observe(lahja.Observation{Kind: lahja.Refused, Peer: name, Err: err})
}

// first reads the first frame of an incoming connection.
func (e *Endpoint) first(conn net.Conn, frames *wire.Reader) (wire.Kind, []byte, error) {
	wait := e.opts.HandshakeTimeout
	started := time.Now()
	timer := time.AfterFunc(wait, func() { conn.Close() })
	if why := refusalOf(conn); why != nil {
		refusal := wire.RefuseMsg{Code: wire.RefusePermission, Reason: why.Error()}
		_, _ = conn.Write(refusal.Append(nil)) // It may have left; it is refused all the same.
		timer.Stop()
		return 0, nil, &lahja.Error{Op: "accept", Endpoint: e.name, Kind: lahja.ErrConnectionAttemptRejected, Detail: "the transport refused it", Err: why}
	}
	kind, body, err := frames.Next(wire.MaxHello)
	timer.Stop()
	if err != nil {
		if time.Since(started) >= wait {
			err = fmt.Errorf("no hello within %v: %w", wait, err)
		}
		return 0, nil, e.connectionError("", "accept", err)
	}
	return kind, body, nil
}

// meet handles the hello of an incoming connection and claims its name.
func (e *Endpoint) meet(conn net.Conn, frames *wire.Reader, kind wire.Kind, body []byte) (*peer, error) {
	wait := e.opts.HandshakeTimeout
	hello, err := parseHello(kind, body)
	if err != nil {
		return nil, e.connectionError("", "accept", err)
	}
	p := newPeer(e, hello, conn, frames, false)
	p.greeting = e.hello()
	if refusal := e.judge(p, hello); refusal != nil {
		defer time.AfterFunc(wait, func() { conn.Close() }).Stop()
		_, _ = conn.Write(refusal.Append(nil)) // it may have left; it is refused all the same
		return nil, &lahja.Error{Op: "accept", Endpoint: e.name, Peer: hello.Name, Kind: lahja.ErrConnectionAttemptRejected, Detail: refusal.Reason}
	}
	p.deadline = time.AfterFunc(wait, func() {
		p.fail(&lahja.Error{Op: "accept", Endpoint: e.name, Peer: p.name, Kind: lahja.ErrConnectionAttemptRejected,
			Detail: fmt.Sprintf("it was not ready within %v (Options.HandshakeTimeout)", wait)})
	})
	return p, nil
}

// judge claims the name for p, or returns why not.
func (e *Endpoint) judge(p *peer, hello wire.HelloMsg) *wire.RefuseMsg {
	if refusal := checkProtocol(hello); refusal != nil {
		return refusal
	}
	if err := lahja.ValidateName(hello.Name); err != nil {
		return &wire.RefuseMsg{Code: wire.RefuseName, Reason: err.Error()}
	}
	if hello.Instance == e.core.Instance() {
		return &wire.RefuseMsg{Code: wire.RefuseSelf, Reason: e.name + " dialled itself"}
	}
	if hello.Name == e.name {
		return &wire.RefuseMsg{Code: wire.RefuseName, Reason: fmt.Sprintf("the endpoint it dialled is named %q too", e.name)}
	}
	if err := verifyName(p.conn, hello.Name); err != nil {
		return &wire.RefuseMsg{Code: wire.RefuseName, Reason: fmt.Sprintf("it may not be named %q: %v", hello.Name, err)}
	}
	for {
		holder, refusal := e.claimIncoming(p)
		if holder == nil {
			return refusal
		}
		if refusal := e.probe(holder, hello); refusal != nil {
			return refusal
		}
	}
}

// probe returns the reason to refuse, or nil if the holder of the name is gone by then. A
// silent holder is not necessarily gone: its process may be stopped. Its connection ends
// when its machine is gone.
func (e *Endpoint) probe(holder *peer, hello wire.HelloMsg) *wire.RefuseMsg {
	if holder.leaving() {
		if !holder.endsSoon() { // It has given its name up.
			holder.fail(&lahja.Error{Op: "probe", Endpoint: e.name, Peer: holder.name, Kind: lahja.ErrRemoteDisconnected,
				Detail: fmt.Sprintf("it said goodbye but was not gone within %v, and another endpoint arrived under its name", ProbeTimeout)})
			<-holder.done
		}
		return nil
	}
	answered, gone := holder.ping()
	switch {
	case gone:
		return nil
	case holder.instance == hello.Instance:
		return &wire.RefuseMsg{Code: wire.RefuseConnected, Reason: holder.name + " is already connected"}
	case answered:
		return &wire.RefuseMsg{Code: wire.RefuseName,
			Reason: fmt.Sprintf("another endpoint named %q is connected to %s and alive; names are unique", holder.name, e.name)}
	}
	return &wire.RefuseMsg{Code: wire.RefuseName,
		Reason: fmt.Sprintf("another endpoint named %q is connected to %s; it has not answered for %v, but its connection stands, so its process may be stopped or busy; names are unique: end that process, or take another name",
			holder.name, e.name, ProbeTimeout)}
}
