package lahja

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// The kinds of error, to be matched with errors.Is. All of them arrive as an
// *Error that adds operation, endpoint, peer and event type.
var (
	// ErrBind: an event that was received was broadcast again as it stands.
	ErrBind = errors.New("event is already bound")
	// ErrConnectionAttemptRejected: a connection to oneself, to a name already
	// connected, twice to one name, or refused by the other side.
	ErrConnectionAttemptRejected = errors.New("connection attempt rejected")
	// ErrNoListener: nobody listened at the address within Options.ListenWait.
	ErrNoListener = errors.New("no listener answered")
	// ErrLifecycle: the endpoint does not run yet, runs already, or was closed.
	ErrLifecycle = errors.New("endpoint lifecycle")
	// ErrNoSubscribers: nobody subscribes to the event's type, or somebody whom
	// the filter names does not.
	ErrNoSubscribers = errors.New("no subscribers")
	// ErrRemoteDisconnected: the endpoint that was to answer, or to be answered,
	// is gone. The error wraps the reason for which the connection to it ended, if that is
	// known.
	ErrRemoteDisconnected = errors.New("remote disconnected")
	// ErrUnexpectedResponse: the answer is of another type than the request
	// expects.
	ErrUnexpectedResponse = errors.New("unexpected response")
	// ErrNotAsked: an answer to a request came from an endpoint that the request did not
	// go to. It is dropped; see Observation.
	ErrNotAsked = errors.New("answer of an endpoint that was not asked")
	// ErrInvalid: a name, an address, an event type or a config that cannot be
	// used. Waiting does not mend it.
	ErrInvalid = errors.New("invalid argument")
	// ErrTypeMismatch: two Go types share a wire name, or two endpoints have versions of a
	// type with a field that has another type in each. Fields that only one version has are no mismatch.
	ErrTypeMismatch = errors.New("event types differ under one name")
	// ErrTooLarge: an event is larger than the limit.
	ErrTooLarge = payload.ErrTooLarge
	// ErrQueueFull: a broadcast that must not wait met a full queue, or one
	// that may wait met its deadline.
	ErrQueueFull = errors.New("queue full")
	// ErrMalformed: bytes from a peer that are not what they claim to be.
	ErrMalformed = errors.New("malformed input")
)

// Error is an error of the bus. Match it with errors.Is against one of the
// kinds, or against what it wraps (a context's error, say).
type Error struct {
	// Op is the operation that failed, in the words of the API: "broadcast".
	Op string
	// Endpoint is the name of the endpoint that failed to do it.
	Endpoint string
	// Peer is the name of the other endpoint, where there is one.
	Peer string
	// Event is the wire name of the event's type, where there is one.
	Event string
	// Kind is one of the Err values of this package, or nil.
	Kind error
	// Detail says what was expected, what was there, and what mends it.
	Detail string
	// Err is the cause, or nil.
	Err error
}

// Error is one text of a few KiB at most: long details and causes are cut.
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

// completed fills in what err does not say: where an error is made, not all of it
// is always known. err itself may be shared and stays as it is.
func completed(err error, missing Error) error {
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

// Unwrap makes errors.Is and errors.As see both the kind and the cause.
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
