package bridge

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// heard takes in what the listener on the server hears.
type heard struct{ *Bridge }

// Serves implements natsbus.ListenerEvents.
func (b heard) Serves(name string) { b.want(name, b.opts.imports(name)) }

// Served implements natsbus.ListenerEvents.
func (b heard) Served(name string) { b.want(name, false) }

// Alive implements natsbus.ListenerEvents. Questions about one endpoint are answered together.
func (b heard) Alive(name string, answer func(where string)) {
	b.mu.Lock()
	waiting := b.asking[name]
	first := waiting == nil
	if len(waiting) < mostAsking && (!first || len(b.asking) < mostMeetings) {
		b.asking[name] = append(waiting, answer)
	} else {
		first = false
	}
	b.mu.Unlock()
	if first {
		b.goes(func() { b.answer(name) })
	}
}

// answer answers whoever wants to know whether the endpoint on that socket lives, if it does.
func (b *Bridge) answer(name string) {
	ctx, cancel := context.WithTimeout(b.life, wait)
	defer cancel()
	err := b.knock(ctx, name)
	b.mu.Lock()
	waiting := b.asking[name]
	delete(b.asking, name)
	b.mu.Unlock()
	if err != nil {
		b.missed(name, err)
		return
	}
	for _, answer := range waiting {
		answer("it is " + b.place)
	}
}

// missed takes an endpoint off the server whose socket nobody listens at.
func (b *Bridge) missed(name string, err error) {
	if left(err) {
		b.unexport(name)
	}
}

// checkExported finds out whether an endpoint still listens at its socket, when one of its connections
// has broken.
func (b *Bridge) checkExported(name string) {
	if !b.exported(name) {
		return
	}
	b.goes(func() {
		ctx, cancel := context.WithTimeout(b.life, wait)
		defer cancel()
		if err := b.knock(ctx, name); err != nil {
			b.missed(name, err)
		}
	})
}

// encounter is two endpoints of which the one on the server has said hello to the other.
type encounter struct{ to, from string }

// Hello implements natsbus.ListenerEvents.
func (b heard) Hello(h natsbus.Hello) {
	if !b.opts.imports(h.From) {
		b.listener.Refuse(h, false, "the bridge before "+h.To+" does not import "+h.From+" (Options.Import)")
		return
	}
	met := encounter{h.To, h.From}
	b.mu.Lock()
	l := b.locals[h.To]
	_, again := b.meeting[met]
	exported, crowded := b.exports[h.To], len(b.meeting) >= mostMeetings
	passed := l != nil && l.passes(h)
	meets := !passed && exported && !again && !crowded && !b.closed
	if meets {
		b.meeting[met] = struct{}{}
		b.work.Go(func() { b.meet(h) })
	}
	b.mu.Unlock()
	if !passed && !exported {
		b.listener.Refuse(h, true, h.To+" has gone from its socket")
	}
}

// passes gives a hello to the proxy if there is a pair already: it is repeated, or both dial each
// other.
func (l *local) passes(h natsbus.Hello) bool {
	if !isClosed(l.made) || l.failed != nil || l.pairWith(h.From) == nil {
		return false
	}
	l.proxy.Hello(h)
	return true
}

// meet connects an endpoint on the server, which said hello, to one on a socket, until the
// connection ends.
func (b *Bridge) meet(h natsbus.Hello) {
	p, err := b.introducePair(h)
	b.mu.Lock()
	delete(b.meeting, encounter{h.To, h.From})
	b.mu.Unlock()
	switch {
	case err != nil:
		m := refusalOf(err)
		b.listener.Refuse(h, passes(m.Code), m.Reason)
	case p != nil:
		p.local.proxy.Hello(h)
		p.run()
	}
}

// introducePair dials the socket for an endpoint on the server. It returns nil if there is a pair
// already.
func (b *Bridge) introducePair(h natsbus.Hello) (*pair, error) {
	ctx, cancel := context.WithTimeout(b.life, b.hooks.handshake)
	defer cancel()
	if err := b.unique(ctx, h.From); err != nil {
		return nil, err
	}
	conn, err := unix.Transport{}.Dial(ctx, b.opts.address(h.To))
	if err != nil {
		b.missed(h.To, err)
		return nil, refused(wire.RefuseClosing, "%v", err)
	}
	frames := wire.NewReader(conn)
	instance, err := greet(ctx, conn, frames, h)
	if err == nil {
		var l *local
		if l, err = b.localOf(ctx, h.To, instance); err == nil {
			defer l.release()
			if p := newPair(l, conn, frames, h.From, true); p != nil {
				return p, nil
			}
		}
	}
	conn.Close()
	return nil, err
}

// unique returns why an endpoint on the server may not have that name: one on a socket has it.
func (b *Bridge) unique(ctx context.Context, name string) error {
	b.mu.Lock()
	exported, l := b.exports[name], b.locals[name]
	b.mu.Unlock()
	if exported {
		err := b.knock(ctx, name)
		if err == nil {
			return refused(wire.RefuseName, "another endpoint named %q is %s; names are unique", name, b.place)
		}
		b.missed(name, err)
	}
	if l != nil && !isClosed(l.vacated()) {
		return refused(wire.RefuseName, "another endpoint named %q is connected through this bridge, %s; names are unique", name, b.place)
	}
	return nil
}

// greet tells an endpoint on a socket who connects to it, and returns the instance of its run.
func greet(ctx context.Context, conn net.Conn, frames *wire.Reader, h natsbus.Hello) (instance uint64, err error) {
	release := context.AfterFunc(ctx, func() { conn.Close() })
	defer release()
	if _, err := conn.Write(helloOf(h.From, h.Instance)); err != nil {
		return 0, refused(wire.RefuseClosing, "%v", err)
	}
	kind, body, err := frames.Next(wire.MaxHello)
	if err != nil {
		return 0, refused(wire.RefuseClosing, "%s does not answer: %v", h.To, err)
	}
	if kind == wire.Refuse {
		m, err := wire.ParseRefuse(body)
		if err != nil {
			return 0, refused(wire.RefuseProtocol, "%v", err)
		}
		return 0, refused(m.Code, "%s", m.Reason)
	}
	hello, err := parseHello(kind, body)
	switch {
	case err != nil:
		return 0, err
	case hello.Name != h.To:
		return 0, refused(wire.RefuseName, "%q listens at the socket of %q", hello.Name, h.To)
	}
	return hello.Instance, nil
}

func helloOf(name string, instance uint64) []byte {
	return wire.HelloMsg{Version: wire.Version, Codec: payload.CodecName, Name: name, Instance: instance}.Append(nil)
}

// parseHello returns the hello of an endpoint on a socket, or why its connection may not stay.
func parseHello(kind wire.Kind, body []byte) (hello wire.HelloMsg, err error) {
	if kind != wire.Hello {
		err = fmt.Errorf("%w: the first message is %s, not hello", wire.ErrMalformed, kind)
	} else {
		hello, err = wire.ParseHello(body)
	}
	if err == nil && hello.Version == wire.Version {
		err = lahja.ValidateName(hello.Name)
	}
	switch {
	case err != nil:
		return hello, refused(wire.RefuseProtocol, "%v", err)
	case hello.Version != wire.Version || hello.Codec != payload.CodecName:
		return hello, refused(wire.RefuseProtocol, "want protocol version %d with codec %q", wire.Version, payload.CodecName)
	}
	return hello, nil
}
