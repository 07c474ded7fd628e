package lahja

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// The kinds of error. Match them with errors.Is. Each arrives wrapped in an *Error that
// adds the operation, endpoint, peer and event type.
var (
	// ErrBind: a received event was broadcast itself, instead of its data.
	ErrBind = eventtype.ErrBind
	// ErrConnectionAttemptRejected: a connection to oneself, to a name that is already
	// connected, or twice to one name, or a refusal by the other side.
	ErrConnectionAttemptRejected = errors.New("connection attempt rejected")
	// ErrNoListener: nothing listened at the address within Options.ListenWait.
	ErrNoListener = errors.New("no listener answered")
	// ErrLifecycle: the endpoint does not run yet, already runs, or was closed.
	ErrLifecycle = errors.New("endpoint lifecycle")
	// ErrNoSubscribers: nobody subscribes to the event's type, or an endpoint that the
	// filter names does not.
	ErrNoSubscribers = errors.New("no subscribers")
	// ErrRemoteDisconnected: the endpoint that should answer, or be answered, is gone. The
	// error wraps the reason why its connection ended, if that is known.
	ErrRemoteDisconnected = errors.New("remote disconnected")
	// ErrUnexpectedResponse: the answer has another type than the request expects.
	ErrUnexpectedResponse = errors.New("unexpected response")
	// ErrNotAsked: an endpoint that did not receive the request answered it. The answer is
	// dropped; see Observation.
	ErrNotAsked = errors.New("answer of an endpoint that was not asked")
	// ErrInvalid: a name, address, event type or config cannot be used. Trying again does
	// not help.
	ErrInvalid = eventtype.ErrInvalid
	// ErrTypeMismatch: two Go types share a wire name, or a field has different types in
	// two endpoints' versions of an event type. A field that only one version has is not a
	// mismatch.
	ErrTypeMismatch = eventtype.ErrTypeMismatch
	// ErrTooLarge: an event is larger than the limit.
	ErrTooLarge = payload.ErrTooLarge
	// ErrQueueFull: a queue was full and the broadcast must not wait, or waited until its
	// deadline.
	ErrQueueFull = errors.New("queue full")
	// ErrMalformed: bytes from a peer do not follow the protocol.
	ErrMalformed = errors.New("malformed input")
)

// Error is an error of the bus. Match it with errors.Is against one of the kinds, or
// against the cause, such as a context's error.
type Error struct {
	// Op is the operation that failed, in the API's words: "broadcast".
	Op string
	// Endpoint is the name of the endpoint on which it failed.
	Endpoint string
	// Peer is the name of the other endpoint, if there is one.
	Peer string
	// Event is the wire name of the event's type, if there is one.
	Event string
	// Kind is one of the Err values of this package, or nil.
	Kind error
	// Detail says what was expected, what was found, and how to fix it.
	Detail string
	// Err is the cause, or nil.
	Err error
}

// Error returns a text of a few KiB at most: it cuts long details and causes.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("lahja: ")
	if e.Endpoint != "" {
		b.WriteString(e.Endpoint + ": ")
	}
	b.WriteString(e.Op)
	if e.Event != "" {
		b.WriteString(" " + e.Event)
	}
	if e.Peer != "" {
		b.WriteString(" (peer " + brief.Text(e.Peer) + ")")
	}
	if e.Kind != nil {
		b.WriteString(": " + e.Kind.Error())
	}
	if e.Detail != "" {
		b.WriteString(": " + brief.Text(e.Detail))
	}
	if e.Err != nil {
		b.WriteString(": " + brief.Text(e.Err.Error()))
	}
	return b.String()
}

// completed returns err with its empty fields filled in from missing. Code that makes an
// error does not always know all of them. It does not change err, which may be shared.
func Completed(err error, missing Error) error {
	known, ok := err.(*Error)
	if !ok {
		return err
	}
	full := *known
	full.Op = cmp.Or(full.Op, missing.Op)
	full.Endpoint = cmp.Or(full.Endpoint, missing.Endpoint)
	full.Peer = cmp.Or(full.Peer, missing.Peer)
	full.Event = cmp.Or(full.Event, missing.Event)
	if full.Kind == nil && errors.Is(full.Err, fs.ErrInvalid) { // a transport's word for it
		full.Kind = ErrInvalid
	}
	return &full
}

// Unwrap lets errors.Is and errors.As match both the kind and the cause.
func (e *Error) Unwrap() []error {
	var all []error
	if e.Kind != nil {
		all = append(all, e.Kind)
	}
	if e.Err != nil {
		all = append(all, e.Err)
	}
	return all
}
