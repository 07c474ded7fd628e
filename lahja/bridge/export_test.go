package bridge

import (
	"cmp"
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja/natsbus"
)

// Hooks are what a test changes of a bridge.
type Hooks struct {
	// Handshake is how long a side may take to answer; 0 means the default.
	Handshake time.Duration
	// Locals is how many endpoints on sockets may be on the server at once; 0 means the default.
	Locals int
	// Held is how many bytes connections may hold of frames that have arrived in part; 0 means the
	// default.
	Held int64
	// Events returns what is told of what arrives on the server for an endpoint on a socket.
	Events func(name string, events natsbus.ProxyEvents) natsbus.ProxyEvents
}

// StartWith is Start with hooks.
func StartWith(ctx context.Context, options Options, h Hooks) (*Bridge, error) {
	return start(ctx, options, hooks{handshake: cmp.Or(h.Handshake, handshake), locals: cmp.Or(h.Locals, mostLocals), held: cmp.Or(h.Held, mostHeld), events: h.Events})
}

// What is bounded.
const (
	MostSilent   = mostSilent
	MostMeetings = mostMeetings
	MostSyncs    = mostSyncs
	MostImports  = mostImports
)
