package saboteurs

import (
	"context"
	"net"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// credulous is b that believes a name whatever the certificate says, of those that it
// dials or of those that come in.
func credulous(name string, dialled, accepted bool) *transports.Backend {
	b := *transports.TLS()
	b.BackendName = name
	correct := b.NewPrepared
	b.NewPrepared = func(params map[string]string) (lahja.Transport, error) {
		t, err := correct(params)
		if err != nil {
			return nil, err
		}
		return believes{t, dialled, accepted}, nil
	}
	return &b
}

// believes is a transport whose connections do not say what certificates are for.
type believes struct {
	lahja.Transport
	dialled, accepted bool
}

// As implements engine.Named.
func (t believes) As(endpoint string) (lahja.Transport, error) {
	named, err := engine.As(t.Transport, endpoint)
	if err != nil {
		return nil, err
	}
	// Only net.Conn's methods are left.
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

// twoWays is a transport that dials as one does and listens as another.
type twoWays struct{ dials, listens lahja.Transport }

func (t twoWays) Dial(ctx context.Context, address string) (net.Conn, error) {
	return t.dials.Dial(ctx, address)
}

func (t twoWays) Listen(ctx context.Context, address string) (net.Listener, error) {
	return t.listens.Listen(ctx, address)
}
