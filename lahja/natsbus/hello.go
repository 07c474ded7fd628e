package natsbus

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/dial"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// attempt is an attempt of our own to connect to a peer.
type attempt = dial.Attempt[hello]

// hello is what an attempt says, and hears.
type hello struct {
	subject string       // where the other one listens
	target  string       // what the server reports if it does not
	answer  chan outcome // what became of the last hello
	token   uint64       // of our hellos
	replace bool         // ask for a new connection in place of an old one
}

// outcome is an answer to a hello other than a welcome.
type outcome struct {
	absent bool // nobody listens
	code   wire.RefuseCode
	reason string
}

// settleLocked records the latest answer.
func (h *hello) settleLocked(o outcome) {
	select {
	case <-h.answer:
	default:
	}
	h.answer <- o
}

// Refusals that other transports do not need.
const (
	refuseMalformed wire.RefuseCode = iota + 200 // ends a connection
	refuseYet                                    // ask again: it is being found out
)

// Anybody on the bus can say hello as often as it likes, under any name.
const (
	// mostContests is how many names are contested at once. Others must ask again.
	mostContests = 64
	// mostHalf is how many incoming peers may not be ready yet, as
	// p2p.DefaultMaxHandshakes.
	mostHalf = p2p.DefaultMaxHandshakes
	// mostMissed is how many peers that fell silent are looked for.
	mostMissed = 1_000
)
