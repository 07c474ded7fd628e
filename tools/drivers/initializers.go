package drivers

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Initializer is what a driver begins with: it opens the driver's endpoint.
type Initializer struct {
	// function is the one that made it, and settings what was called on it then.
	function, settings string
	name               string
	// listens says that the endpoint does.
	listens bool
	// listenWait is that of the endpoint's options.
	listenWait time.Duration
	// reconnect is that of the endpoint's options, and so are slowPeer, blockWait and linger.
	reconnect *lahja.Backoff
	linger    time.Duration
	slowPeer  lahja.SlowPolicy
	blockWait time.Duration
	// counts has what the endpoint drops counted.
	counts bool
	// opens returns nil for a driver without an endpoint.
	opens func(ctx context.Context, eng engine.EngineAPI, options engine.EndpointOptions) (lahja.EndpointAPI, error)
}

func (i Initializer) String() string { return fmt.Sprintf("%s(%q)%s", i.function, i.name, i.settings) }

func (i Initializer) open(ctx context.Context, eng engine.EngineAPI, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	if i.opens == nil {
		return nil, nil
	}
	options.ListenWait, options.Reconnect = i.listenWait, i.reconnect
	options.SlowPeer, options.BlockWait, options.Linger = i.slowPeer, i.blockWait, i.linger
	return i.opens(ctx, eng, options)
}

// WithListenWait bounds, for all that the endpoint connects to, the wait for a
// listener to appear, instead of the endpoint's own default (2 s).
func (i Initializer) WithListenWait(d time.Duration) Initializer {
	i.settings += fmt.Sprintf(".WithListenWait(%v)", d)
	i.listenWait = d
	return i
}

// WithReconnect has the endpoint go back to all that it connects to whenever a
// connection ends, after pauses that suit a test: from 10 to 100 ms. It needs
// engine.Reconnects.
func (i Initializer) WithReconnect() Initializer {
	i.settings += ".WithReconnect()"
	i.reconnect = &lahja.Backoff{Least: 10 * time.Millisecond, Most: 100 * time.Millisecond}
	return i
}

// WithSlowPeer says what becomes of events for peers that take them more slowly than
// they come, instead of the endpoint's own default (lahja.Block). It needs
// engine.Backpressure.
func (i Initializer) WithSlowPeer(policy lahja.SlowPolicy) Initializer {
	i.settings += fmt.Sprintf(".WithSlowPeer(%v)", policy)
	i.slowPeer = policy
	return i
}

// WithBlockWait bounds how long broadcasts of the endpoint wait for room, instead of
// its own default (30 s). It needs engine.Backpressure.
func (i Initializer) WithBlockWait(d time.Duration) Initializer {
	i.settings += fmt.Sprintf(".WithBlockWait(%v)", d)
	i.blockWait = d
	return i
}

// WithLinger bounds how long the endpoint's close goes on writing what it accepted,
// instead of its own default (1 s). Negative has it leave without a word.
func (i Initializer) WithLinger(d time.Duration) Initializer {
	i.settings += fmt.Sprintf(".WithLinger(%v)", d)
	i.linger = d
	return i
}

// CountingDrops has the events counted that the endpoint drops and observes, for
// Scope.Dropped.
func (i Initializer) CountingDrops() Initializer {
	i.settings += ".CountingDrops()"
	i.counts = true
	return i
}

// ServeEndpoint opens an endpoint that others can connect to.
func ServeEndpoint[A Address](at A) Initializer {
	where := addressOf(at)
	return Initializer{
		function: "ServeEndpoint",
		name:     where.name,
		listens:  true,
		opens: func(ctx context.Context, eng engine.EngineAPI, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
			return eng.ServeEndpoint(ctx, where.in(eng), options)
		},
	}
}

// RunEndpoint opens an endpoint that does not listen.
func RunEndpoint(name string) Initializer {
	return Initializer{
		function: "RunEndpoint",
		name:     name,
		opens: func(ctx context.Context, eng engine.EngineAPI, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
			return eng.RunEndpoint(ctx, name, options)
		},
	}
}

// NoEndpoint begins a driver that only disturbs others, under that name.
func NoEndpoint(driver string) Initializer {
	return Initializer{function: "NoEndpoint", name: driver}
}
