package bridge

import (
	"context"
	"net"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// welcome takes in a connection to an imported endpoint, until it ends.
func (b *Bridge) welcome(remote string, conn net.Conn) {
	defer conn.Close()
	frames := wire.NewReader(conn)
	kind, body, err := b.first(conn, frames)
	b.dismiss(conn)
	if err != nil {
		return // It said nothing that could be answered.
	}
	if kind == wire.Tap {
		if err := b.look(remote, conn, frames, body); err != nil {
			turnAway(conn, err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(b.life, b.hooks.handshake)
	defer cancel()
	p, err := b.join(ctx, remote, conn, frames, kind, body)
	if err != nil {
		turnAway(conn, err)
		return
	}
	p.dialled = make(chan struct{})
	go p.dial()
	p.run()
}

// dial connects to the remote, unless the pair ends first.
func (p *pair) dial() {
	defer close(p.dialled)
	ctx, cancel := context.WithTimeout(p.life, p.bridge.hooks.handshake)
	defer cancel()
	if err := p.local.proxy.Connect(ctx, p.remote); err != nil {
		p.fail(err)
	}
}

// first reads the first frame of a connection.
func (b *Bridge) first(conn net.Conn, frames *wire.Reader) (wire.Kind, []byte, error) {
	defer time.AfterFunc(b.hooks.handshake, func() { conn.Close() }).Stop()
	return frames.Next(wire.MaxHello)
}

// join makes a pair of a connection that has said hello, or returns why it may not stay.
func (b *Bridge) join(ctx context.Context, remote string, conn net.Conn, frames *wire.Reader, kind wire.Kind, body []byte) (*pair, error) {
	hello, err := parseHello(kind, body)
	switch {
	case err != nil:
		return nil, err
	case hello.Name == remote:
		return nil, refused(wire.RefuseName, "the endpoint it dialled is named %q too", remote)
	case !b.opts.exports(hello.Name):
		return nil, refused(wire.RefusePermission, "the bridge does not export %s (Options.Export)", hello.Name)
	}
	l, err := b.localOf(ctx, hello.Name, hello.Instance)
	if err != nil {
		return nil, err
	}
	defer l.release()
	if p := newPair(l, conn, frames, remote, false); p != nil {
		return p, nil
	}
	return nil, refused(wire.RefuseRedundant, "%s is being connected to %s", hello.Name, remote)
}

// turnAway tells an endpoint why its connection may not stay. Nothing else was written to it.
func turnAway(conn net.Conn, reason error) {
	defer time.AfterFunc(parting, func() { conn.Close() }).Stop()
	_, _ = conn.Write(refusalOf(reason).Append(nil)) // It may have left.
}
