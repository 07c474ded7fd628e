package p2p

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// String returns the endpoint's name and phase: "not running", "running", "serving",
// "closing" or "closed", as in "server (serving)". Format, MarshalText and GomegaString
// give the same text. Like every method, it is safe for concurrent use.
func (e *Endpoint) String() string {
	if e == nil {
		return "<nil>"
	}
	return e.core.String()
}

// Format implements fmt.Formatter.
func (e *Endpoint) Format(f fmt.State, verb rune) { show.Format(f, verb, e, e.String()) }

// MarshalText implements encoding.TextMarshaler. It returns String.
func (e *Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// GomegaString is what a failed Gomega assertion prints.
func (e *Endpoint) GomegaString() string { return e.String() }
