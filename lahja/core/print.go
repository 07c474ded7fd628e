package core

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// String returns "TYPE at ENDPOINT", and says if the subscription is closed.
func (s *subscription) String() string {
	text := s.eventType.Name + " at " + s.base.Name()
	select {
	case <-s.done:
		return text + " (closed)"
	default:
		return text
	}
}

// String returns "answers to TYPE of ENDPOINT".
func (p *PendingRequest) String() string {
	if p == nil || p.core == nil {
		return "<nil>"
	}
	return "answers to " + p.event + " of " + p.core.Name()
}

// String returns "PEER at ENDPOINT".
func (r *Remote) String() string {
	if r == nil {
		return "<nil>"
	}
	return r.name + " at " + r.core.Name()
}

// Format implements fmt.Formatter.
func (c *Core) Format(f fmt.State, verb rune) { show.Format(f, verb, c, c.String()) }

// Format implements fmt.Formatter.
func (p *PendingRequest) Format(f fmt.State, verb rune) { show.Format(f, verb, p, p.String()) }

// Format implements fmt.Formatter.
func (r *Remote) Format(f fmt.State, verb rune) { show.Format(f, verb, r, r.String()) }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (c *Core) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (p *PendingRequest) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (r *Remote) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// GomegaString is what a failed Gomega assertion prints.
func (c *Core) GomegaString() string { return c.String() }

// GomegaString is what a failed Gomega assertion prints.
func (p *PendingRequest) GomegaString() string { return p.String() }

// GomegaString is what a failed Gomega assertion prints.
func (r *Remote) GomegaString() string { return r.String() }
