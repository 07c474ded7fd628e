package bridge

import (
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// What the bridge waits for.
const (
	// handshake bounds how long a side may take to answer, in each state of a connection that
	// is not ready yet, or ends in order.
	handshake = 10 * time.Second
	// parting is how long an endpoint on a socket may take to read what waits for it when its
	// connection has failed.
	parting = 2 * time.Second
	// idleFor is how long a proxy without connections is kept.
	idleFor = 500 * time.Millisecond
	// look is how often the directory is looked at besides: what could not be exported or
	// imported is tried again.
	look = time.Second
	// lookAgain is how soon it is looked at again after a change, at first.
	lookAgain = 2 * time.Millisecond
	// wait bounds one question to the server or to a socket.
	wait = 5 * time.Second
)

// What others can make the bridge hold. QueueBytes bounds the rest.
const (
	// mostSilent is how many connections to sockets may have said no hello yet. Beyond that,
	// the one that has been silent for longest is closed.
	mostSilent = p2p.DefaultMaxHandshakes
	// mostMeetings is how many hellos from the server are passed to sockets at once. Those
	// beyond that are dropped: a dialler says hello again.
	mostMeetings = 256
	// mostAsking is how many wait for the answer to whether one endpoint lives.
	mostAsking = 16
	// mostLocals is how many endpoints on sockets may be on the server at once: each has a
	// connection to it.
	mostLocals = 1_000
	// mostImports is how many endpoints on the server may have sockets at once.
	mostImports = 1_000
	// mostSyncs is how many syncs of one endpoint may wait at once, as in package p2p.
	mostSyncs = 10_000
	// mostDescribed is how many versions of types an endpoint may describe before its
	// connection is ready, and mostDescribedBytes how large they are together.
	mostDescribed      = 10_000
	mostDescribedBytes = 8 << 20
	// mostHeld is how many bytes connections may hold of frames that have arrived in part.
	mostHeld = p2p.DefaultMaxMemory
)
