package lahja

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
)

// Headers travel with an event, beside its data, for whoever handles the event without
// knowing its type. A key is 1 to MaxHeaderKey bytes of printable ASCII; keys are compared
// byte by byte. A value is at most MaxHeaderValue bytes of UTF-8.
type Headers map[string]string

// Limits on an event's headers. The headers of a trace (HeaderTraceParent,
// HeaderTraceState) do not count, so tracing never makes an event invalid.
const (
	// MaxHeaders is how many headers an event may have.
	MaxHeaders = 64
	// MaxHeaderKey and MaxHeaderValue are the most bytes of one key and of one value.
	MaxHeaderKey   = wire.MaxHeaderKey
	MaxHeaderValue = wire.MaxHeaderValue
	// MaxHeaderBytes is the most bytes of all keys and values together.
	MaxHeaderBytes = 16 << 10
)

// ToSend returns a copy of the headers with the trace of ctx added. It returns nil, without
// allocating, if there are neither.
func (h Headers) ToSend(ctx context.Context) (Headers, error) {
	if len(h) > 0 { // sorting nothing allocates
		if err := h.check(); err != nil {
			return nil, err
		}
	}
	return h.traced(ctx), nil
}

// check returns why the headers cannot be sent. The error names the first key that is
// wrong.
func (h Headers) check() error {
	count, size := 0, 0
	for _, key := range slices.Sorted(maps.Keys(h)) {
		if err := checkHeader(key, h[key]); err != nil {
			return err
		}
		if isTraceHeader(key) {
			continue
		}
		count++
		size += len(key) + len(h[key])
		if count > MaxHeaders {
			return fmt.Errorf("%d headers; with %q they exceed the limit of %d; leave some out", len(h), key, MaxHeaders)
		}
		if size > MaxHeaderBytes {
			return fmt.Errorf("its headers up to %q have %d bytes; the limit is %d; put large data into the event", key, size, MaxHeaderBytes)
		}
	}
	return nil
}

func checkHeader(key, value string) error {
	switch bad := brief.Unprintable(key); {
	case key == "":
		return fmt.Errorf("the key of the header \"\" is empty; its value is %.40q", value)
	case len(key) > MaxHeaderKey:
		return fmt.Errorf("the key of the header %.40q... has %d bytes; the limit is %d", key, len(key), MaxHeaderKey)
	case bad >= 0:
		return fmt.Errorf("the key of the header %q has byte %#02x at %d; use printable ASCII", key, key[bad], bad)
	case len(value) > MaxHeaderValue:
		return fmt.Errorf("the value of the header %q has %d bytes; the limit is %d; put large data into the event", key, len(value), MaxHeaderValue)
	case !utf8.ValidString(value):
		return fmt.Errorf("the value of the header %q is not UTF-8; encode bytes as text", key)
	}
	return nil
}
