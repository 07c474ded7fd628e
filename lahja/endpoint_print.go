package lahja

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// String is the endpoint's name and where in its life it is: "server (serving)", and for
// others "not running", "running", "closing" or "closed". So it prints, logs and encodes
// as text. It is safe for concurrent use, as any method.
func (e *Endpoint) String() string {
	if e == nil {
		return "<nil>"
	}
	return e.core.String()
}

// Format implements fmt.Formatter.
func (e *Endpoint) Format(f fmt.State, verb rune) { show.Format(f, verb, e, e.String()) }

// MarshalText implements encoding.TextMarshaler. It is String.
func (e *Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// GomegaString is what a failed Gomega assertion shows.
func (e *Endpoint) GomegaString() string { return e.String() }
