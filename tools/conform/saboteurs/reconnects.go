package saboteurs

import (
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/tools/engine"
)

// staysAway is a backend whose endpoints never reconnect.
func staysAway(b engine.Backend) engine.Backend {
	return &opened{b, func(o *engine.EndpointOptions) { o.Reconnect = nil }}
}

// visits notes which endpoints have connected to which address.
type visits struct {
	mu    sync.Mutex
	known map[visit]bool
}

type visit struct {
	address  string
	instance uint64
}

func newVisits() *visits { return &visits{known: map[visit]bool{}} }

// again reports whether the endpoint was there before.
func (v *visits) again(one visit) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.known[one]
	v.known[one] = true
	return before
}

// filter makes a returning dialler announce no subscriptions.
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
