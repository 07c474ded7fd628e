package lahja

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// What holds an endpoint prints as a short text, in whatever way it is printed (package
// fmt, log/slog, encoding/json, Gomega): its fields change while they are printed, and
// mean nothing to others.

// String is the endpoint's name and where in its life it is: "server (serving)", and for
// others "not running", "running", "closing" or "closed". So it prints, logs and encodes
// as text. It is safe for concurrent use, as any method.
func (e *Endpoint) String() string {
	if e == nil {
		return "<nil>"
	}
	return e.core.String()
}

// String is "subscription to TYPE at ENDPOINT", and whether it is closed.
func (s *Subscription) String() string { return s.text("subscription to ") }

// String is "stream of TYPE at ENDPOINT", and whether it is closed.
func (s *Stream[T]) String() string {
	if s == nil {
		return "<nil>"
	}
	return s.sub.text("stream of ")
}

func (s *Subscription) text(what string) string {
	if s == nil {
		return "<nil>"
	}
	if s.core == nil {
		return what + "nothing"
	}
	text := what + s.eventType.Name + " at " + s.core.cfg.Name
	select {
	case <-s.done:
		return text + " (closed)"
	default:
		return text
	}
}

// String is "answers to TYPE of ENDPOINT".
func (r *Replies[E]) String() string {
	if r == nil || r.text == nil {
		return "<nil>"
	}
	return r.text()
}

// String is "answers to TYPE of ENDPOINT".
func (p *pendingRequest) String() string {
	if p == nil || p.core == nil {
		return "<nil>"
	}
	return answersTo(p.event, p.core.cfg.Name)
}

func answersTo(event, endpoint string) string { return "answers to " + event + " of " + endpoint }

// String is "PEER at ENDPOINT".
func (r *Remote) String() string {
	if r == nil {
		return "<nil>"
	}
	return r.name + " at " + r.core.cfg.Name
}

// GoString is what %#v shows.
func (e Event[T]) GoString() string {
	return fmt.Sprintf("%T{Data: %#v, Origin: %q, ID: %q}", e, e.Data, e.received.Origin, e.received.ID)
}

// GoString is what %#v shows.
func (r Received) GoString() string {
	return fmt.Sprintf("lahja.Received{Type: %q, Data: %#v, Origin: %q, ID: %q}", r.Type.Name, r.Data(), r.Origin, r.ID)
}

// Format implements fmt.Formatter.
func (e *Endpoint) Format(f fmt.State, verb rune) { show.Format(f, verb, e, e.String()) }

// Format implements fmt.Formatter.
func (c *Core) Format(f fmt.State, verb rune) { show.Format(f, verb, c, c.String()) }

// Format implements fmt.Formatter.
func (s *Subscription) Format(f fmt.State, verb rune) { show.Format(f, verb, s, s.String()) }

// Format implements fmt.Formatter.
func (s *Stream[T]) Format(f fmt.State, verb rune) { show.Format(f, verb, s, s.String()) }

// Format implements fmt.Formatter.
func (r *Replies[E]) Format(f fmt.State, verb rune) { show.Format(f, verb, r, r.String()) }

// Format implements fmt.Formatter.
func (p *pendingRequest) Format(f fmt.State, verb rune) { show.Format(f, verb, p, p.String()) }

// Format implements fmt.Formatter.
func (r *Remote) Format(f fmt.State, verb rune) { show.Format(f, verb, r, r.String()) }

// MarshalText implements encoding.TextMarshaler. It is String.
func (e *Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (c *Core) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (s *Subscription) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (s *Stream[T]) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (r *Replies[E]) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (p *pendingRequest) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText implements encoding.TextMarshaler. It is String.
func (r *Remote) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// GomegaString is what a failed Gomega assertion shows.
func (e *Endpoint) GomegaString() string { return e.String() }

// GomegaString is what a failed Gomega assertion shows.
func (c *Core) GomegaString() string { return c.String() }

// GomegaString is what a failed Gomega assertion shows.
func (s *Subscription) GomegaString() string { return s.String() }

// GomegaString is what a failed Gomega assertion shows.
func (s *Stream[T]) GomegaString() string { return s.String() }

// GomegaString is what a failed Gomega assertion shows.
func (r *Replies[E]) GomegaString() string { return r.String() }

// GomegaString is what a failed Gomega assertion shows.
func (p *pendingRequest) GomegaString() string { return p.String() }

// GomegaString is what a failed Gomega assertion shows.
func (r *Remote) GomegaString() string { return r.String() }
