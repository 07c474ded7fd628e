package lahja

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// Values that hold an endpoint print as a short text with package fmt, log/slog, encoding/json
// and Gomega: their fields change while they are printed, and mean nothing to others.

// String returns "stream of TYPE at ENDPOINT", and says if it is closed.
func (s *Stream[T]) String() string {
	if s == nil {
		return "<nil>"
	}
	return s.sub.text("stream of ")
}

// String returns "answers to TYPE of ENDPOINT".
func (r *Replies[E]) String() string {
	if r == nil || r.text == nil {
		return "<nil>"
	}
	return r.text()
}

// GoString is what %#v prints.
func (e Event[T]) GoString() string {
	return fmt.Sprintf("%T{Data: %#v, Origin: %q, ID: %q}", e, e.Data, e.received.Origin, e.received.ID)
}

// GoString is what %#v prints.
func (r Received) GoString() string {
	return fmt.Sprintf("lahja.Received{Type: %q, Data: %#v, Origin: %q, ID: %q}", r.Type.Name, r.Data(), r.Origin, r.ID)
}

// Format implements fmt.Formatter.
func (s *Stream[T]) Format(f fmt.State, verb rune) { show.Format(f, verb, s, s.String()) }

// Format implements fmt.Formatter.
func (r *Replies[E]) Format(f fmt.State, verb rune) { show.Format(f, verb, r, r.String()) }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (s *Stream[T]) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (r *Replies[E]) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// GomegaString is what a failed Gomega assertion prints.
func (s *Stream[T]) GomegaString() string { return s.String() }

// GomegaString is what a failed Gomega assertion prints.
func (r *Replies[E]) GomegaString() string { return r.String() }
