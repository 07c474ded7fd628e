package saboteurs

import (
	"net"
	"path/filepath"
	"slices"
	"sync"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Saboteur is a backend with one defect.
type Saboteur struct {
	// Defect says in one sentence what the backend does wrong.
	Defect string
	// KilledBy names the scenario whose rule is the one broken.
	KilledBy string
	// First is a regular expression for the first failure of that scenario: its words for
	// exactly this defect.
	First string
	// Sometimes names scenarios that see the defect only in some runs, depending on the
	// scheduler.
	Sometimes []string
	// Races says that a race decides whether a scenario sees the defect. The matrix then
	// claims results only for KilledBy and the scenarios in Claims.
	Races  bool
	Claims []string
	// Before names scenarios that a suite runs before KilledBy (scenarios.ByCause) and that
	// also fail, so that one of them is the suite's first failure. Each leads to the same
	// place.
	Before []string
	// Anywhere says that the defect shows in every scenario that gets so far, whatever its
	// rule. So killing it proves nothing of a scenario other than KilledBy.
	Anywhere bool
	// Waits says that the defect takes time even where it does no harm.
	Waits bool
	// Backend has the defect, and the saboteur's name.
	Backend engine.Backend
}

// Claimed reports whether the matrix claims a result for the scenario.
func (s Saboteur) Claimed(scenario string) bool {
	return !slices.Contains(s.Sometimes, scenario) && (!s.Races || scenario == s.KilledBy || slices.Contains(s.Claims, scenario))
}

// Name is the name of the saboteur's backend.
func (s Saboteur) Name() string { return s.Backend.Name() }

// All returns every saboteur, sorted by topic. The caller may change the slice.
func All() []Saboteur {
	return slices.Concat(transportSaboteurs, eventSaboteurs, limitSaboteurs, headerSaboteurs, groupSaboteurs, requestSaboteurs, subscriptionSaboteurs, connectionSaboteurs, listenerSaboteurs, lastingSaboteurs,
		broadcastSaboteurs, viewSaboteurs, callSaboteurs, askSaboteurs, endSaboteurs, handlerSaboteurs, queueSaboteurs, policySaboteurs, closeSaboteurs)
}

// memory is a correct backend to which a defect can be added.
func memory(name string) *transports.Backend {
	b := *transports.Memory()
	b.BackendName = name
	return &b
}

// unix is memory over Unix sockets.
func unix(name string) *transports.Backend {
	b := *transports.Unix()
	b.BackendName = name
	return &b
}

// over is b with another transport over its own, made once a run.
func over(b *transports.Backend, change func(p2p.Transport) p2p.Transport) *transports.Backend {
	correct := b.New
	b.New = func() p2p.Transport { return change(correct()) }
	return b
}

// filtering is b with a filter on each connection.
func filtering(b *transports.Backend, filter func(passing) filter) *transports.Backend {
	return over(b, func(t p2p.Transport) p2p.Transport { return filtered{t, filter} })
}

// changing is b with wrapped connections.
func changing(b *transports.Backend, change func(net.Conn) net.Conn) *transports.Backend {
	return over(b, func(t p2p.Transport) p2p.Transport { return changed{t, change} })
}

// underOneLock is b with one lock for the writes of all connections of a run.
func underOneLock(b *transports.Backend) *transports.Backend {
	return over(b, func(t p2p.Transport) p2p.Transport {
		lock := new(sync.Mutex)
		return changed{t, func(conn net.Conn) net.Conn { return lockedConn{conn, lock} }}
	})
}

// claiming is b that claims one more capability.
func claiming(b *transports.Backend, c engine.Capability) *transports.Backend {
	b.Has = append(slices.Clone(b.Has), c)
	return b
}

// amounting is b that claims an amount of a capability.
func amounting(b *transports.Backend, c engine.Capability, amount int64) *transports.Backend {
	b.Amounts = b.Amounts.Union(engine.Capabilities{c: amount})
	return b
}

// elsewhere is b with other file names.
func elsewhere(b *transports.Backend) *transports.Backend {
	b.Address = func(dir, name string) string { return filepath.Join(dir, name+".socket") }
	return b
}

// with is b with options.
func with(b *transports.Backend, set func(*p2p.Options)) *transports.Backend {
	set(&b.Options)
	return b
}
