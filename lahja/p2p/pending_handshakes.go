package p2p

import (
	"fmt"
	"net"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// pendingHandshakes are the connections whose other side has not said its name yet.
type pendingHandshakes map[net.Conn]*pendingHandshake

type pendingHandshake struct {
	since    time.Time
	incoming bool
	ended    bool // to make room for another one
}

// admit registers a connection whose other side has no name yet, so that Close ends it. ok
// reports whether it may stay. If too many are pending, the caller must close longest, the
// one that has been silent for longest. Real endpoints say hello at once.
func (e *Endpoint) admit(conn net.Conn, incoming bool) (longest net.Conn, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return nil, false
	}
	e.handshakes[conn] = &pendingHandshake{since: time.Now(), incoming: incoming}
	return e.handshakes.surplus(e.opts.MaxHandshakes), true
}

// surplus returns the connection to close if more than most incoming ones are pending, or
// nil.
func (s pendingHandshakes) surplus(most int) net.Conn {
	if len(s) <= most {
		return nil
	}
	var longest net.Conn
	n := 0
	for conn, one := range s {
		if !one.incoming || one.ended {
			continue
		}
		if n++; longest == nil || one.since.Before(s[longest].since) {
			longest = conn
		}
	}
	if n <= most {
		return nil
	}
	s[longest].ended = true
	return longest
}

// dismiss forgets a connection. It returns an error if the connection was closed to make
// room.
func (e *Endpoint) dismiss(conn net.Conn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	one := e.handshakes[conn]
	delete(e.handshakes, conn)
	if one == nil || !one.ended {
		return nil
	}
	return &lahja.Error{Op: "accept", Endpoint: e.name, Kind: lahja.ErrConnectionAttemptRejected,
		Detail: fmt.Sprintf("more than %d connections had not said hello, and this one was silent for longest, %v (Options.MaxHandshakes)",
			e.opts.MaxHandshakes, time.Since(one.since).Round(time.Millisecond))}
}
