package saboteurs

import (
	"context"
	"net"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// credulous is b that believes any name, whatever the certificate says, of the endpoints that it
// dials or of those that dial it.
func credulous(name string, dialled, accepted bool) *transports.Backend {
	b := *transports.TLS()
	b.BackendName = name
	correct := b.NewPrepared
	b.NewPrepared = func(params map[string]string) (p2p.Transport, error) {
		t, err := correct(params)
		if err != nil {
			return nil, err
		}
		return believes{t, dialled, accepted}, nil
	}
	return &b
}

// believes is a transport whose connections do not check names (VerifyName).
type believes struct {
	p2p.Transport
	dialled, accepted bool
}

// As implements engine.Named.
func (t believes) As(endpoint string) (p2p.Transport, error) {
	named, err := engine.As(t.Transport, endpoint)
	if err != nil {
		return nil, err
	}
	// This leaves only the methods of net.Conn.
	silent := changed{named, func(conn net.Conn) net.Conn { return struct{ net.Conn }{conn} }}
	both := twoWays{dials: named, listens: named}
	if t.dialled {
		both.dials = silent
	}
	if t.accepted {
		both.listens = silent
	}
	return both, nil
}

// twoWays is a transport that dials like one transport and listens like another.
type twoWays struct{ dials, listens p2p.Transport }

func (t twoWays) Dial(ctx context.Context, address string) (net.Conn, error) {
	return t.dials.Dial(ctx, address)
}

func (t twoWays) Listen(ctx context.Context, address string) (net.Listener, error) {
	return t.listens.Listen(ctx, address)
}
