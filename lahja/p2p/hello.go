package p2p

import (
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// greet sends our hello and reads the answer.
func (e *Endpoint) greet(conn net.Conn, frames *wire.Reader) (wire.Kind, []byte, error) {
	_, unwritten := conn.Write(e.hello())
	if unwritten != nil { // The other side may have said why before it hung up.
		defer time.AfterFunc(lastRead, func() { conn.Close() }).Stop()
	}
	kind, body, err := frames.Next(wire.MaxHello)
	if err != nil && unwritten != nil && !unmendable(err) && vagueness(unwritten) <= vagueness(err) {
		err = unwritten
	}
	return kind, body, err
}

func (e *Endpoint) hello() []byte {
	return wire.HelloMsg{Version: wire.Version, Codec: payload.CodecName, Name: e.name, Instance: e.core.Instance()}.Append(nil)
}

func parseHello(kind wire.Kind, body []byte) (wire.HelloMsg, error) {
	if kind != wire.Hello {
		return wire.HelloMsg{}, fmt.Errorf("%w: the first message is %s, not hello", wire.ErrMalformed, kind)
	}
	return wire.ParseHello(body)
}

func checkProtocol(hello wire.HelloMsg) *wire.RefuseMsg {
	switch {
	case hello.Version != wire.Version:
		return &wire.RefuseMsg{Code: wire.RefuseProtocol,
			Reason: fmt.Sprintf("protocol version %d, not %d", hello.Version, wire.Version)}
	case hello.Codec != payload.CodecName:
		return &wire.RefuseMsg{Code: wire.RefuseProtocol, Reason: fmt.Sprintf("codec %q, not %q", hello.Codec, payload.CodecName)}
	}
	return nil
}

// passing reports whether a refusal passes by itself: the other side is closing, with its
// successor on its way, or it has or makes the connection that both sides keep.
func passing(code wire.RefuseCode) bool {
	switch code {
	case wire.RefuseClosing, wire.RefuseRedundant, wire.RefuseConnected:
		return true
	}
	return false
}

func (e *Endpoint) refusedError(name string, m wire.RefuseMsg) error {
	refused := &lahja.Error{Op: "connect", Endpoint: e.name, Peer: name, Kind: lahja.ErrConnectionAttemptRejected,
		Detail: fmt.Sprintf("it refused (%s): %s", m.Code, brief.Text(m.Reason))}
	if m.Code == wire.RefusePermission {
		refused.Err = fs.ErrPermission
	}
	return refused
}
