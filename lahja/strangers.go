package lahja

import (
	"fmt"
	"net"
	"time"
)

// strangers are connections whose other side has no name yet.
type strangers map[net.Conn]*stranger

type stranger struct {
	since    time.Time
	incoming bool
	ended    bool // for another one
}

// admit notes a connection whose other side has no name yet, so that Close ends it. It
// tells whether it may stay. When too many have come in, the one is to be closed that has
// been silent for longest: who is an endpoint is not.
func (e *Endpoint) admit(conn net.Conn, incoming bool) (longest net.Conn, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return nil, false
	}
	e.strangers[conn] = &stranger{since: time.Now(), incoming: incoming}
	return e.strangers.surplus(e.opts.maxStrangers()), true
}

// surplus is the connection that is to end where more than most came in, or nil.
func (s strangers) surplus(most int) net.Conn {
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

// dismiss forgets a connection. The error is not nil where it was ended for another one.
func (e *Endpoint) dismiss(conn net.Conn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	one := e.strangers[conn]
	delete(e.strangers, conn)
	if one == nil || !one.ended {
		return nil
	}
	return &Error{Op: "accept", Endpoint: e.name, Kind: ErrConnectionAttemptRejected,
		Detail: fmt.Sprintf("more than %d connections had said no hello, and this one was silent for longest, %v (Options.MaxStrangers)",
			e.opts.maxStrangers(), time.Since(one.since).Round(time.Millisecond))}
}
