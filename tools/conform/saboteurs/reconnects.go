package saboteurs

import (
	"context"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// staysAway is a backend whose endpoints never reconnect.
type staysAway struct{ engine.Backend }

func (b staysAway) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	return b.stay(b.Backend.Open(ctx, site))
}

func (b staysAway) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	return b.stay(b.Backend.Join(ctx, site, params))
}

func (b staysAway) stay(n engine.Network, err error) (engine.Network, error) {
	if err != nil {
		return nil, err
	}
	return stayingNetwork{n, n.(engine.RawDialer).Transport()}, nil
}

type stayingNetwork struct {
	engine.Network
	transport lahja.Transport
}

// Transport implements engine.RawDialer.
func (n stayingNetwork) Transport() lahja.Transport { return n.transport }

func (n stayingNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	options.Reconnect = nil
	return n.Network.RunEndpoint(ctx, name, options)
}

func (n stayingNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	options.Reconnect = nil
	return n.Network.ServeEndpoint(ctx, config, options)
}

// visits are the endpoints that were connected to an address.
type visits struct {
	mu    sync.Mutex
	known map[visit]bool
}

type visit struct {
	address  string
	instance uint64
}

func newVisits() *visits { return &visits{known: map[visit]bool{}} }

// again tells whether it is not the first.
func (v *visits) again(one visit) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.known[one]
	v.known[one] = true
	return before
}

// filter has a dialler that comes back subscribe to nothing.
func (v *visits) filter(p passing) filter {
	if !p.dialled {
		return filter{}
	}
	mine := visit{address: p.address}
	told, again := false, false
	return filter{out: func(f frame) []frame {
		if m, err := wire.ParseHello(f.body); f.kind == wire.Hello && err == nil {
			mine.instance = m.Instance
		}
		m, err := wire.ParseSubscriptions(f.body)
		if f.kind != wire.Subscriptions || err != nil {
			return []frame{f}
		}
		again = again || !told && v.again(mine)
		told = true
		if again {
			m.Types = nil
		}
		return []frame{frameOf(m.Append(nil))}
	}}
}
