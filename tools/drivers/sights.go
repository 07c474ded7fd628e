package drivers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// tracer knows, of one driver whose run is traced, which action opened what. There
// is none where nobody asked for a trace.
type tracer struct {
	mu      sync.Mutex
	rounds  map[engine.Place]int
	streams map[any]*engine.Opening
}

func newTracer() *tracer {
	return &tracer{rounds: map[engine.Place]int{}, streams: map[any]*engine.Opening{}}
}

// opens numbers one more opening at a place.
func (t *tracer) opens(at engine.Place) *engine.Opening {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rounds[at]++
	return &engine.Opening{Place: at, Round: t.rounds[at]}
}

// traced is the context of an action, which says where what it sees was seen.
func (s *Scope) traced(ctx context.Context, a Action) context.Context {
	if s.tracer == nil {
		return ctx
	}
	return context.WithValue(ctx, placeKey, s.place(ctx, a))
}

// place is where an action stands. What runs in the background stands where it was
// started.
func (s *Scope) place(ctx context.Context, a Action) engine.Place {
	index, ok := ctx.Value(indexKey).(int)
	if !ok {
		index = int(s.index.Load())
	}
	return engine.Place{Index: index, Text: withoutPointers(a.String()), Source: sourceOf(a).or(s.driver.source).String()}
}

func (s *Scope) saw(sight engine.Sight) {
	sight.At = time.Now()
	s.record(engine.Record{Kind: engine.RecordSight, Sight: &sight})
}

// sawEnd records how an action ended, unless it failed because its context ended: for
// somebody else's failure, or by Cancel.
func (s *Scope) sawEnd(ctx context.Context, a Action, err error) {
	if s.tracer == nil {
		return
	}
	cause := context.Cause(ctx)
	if err != nil && cause != nil && !is[*boundError](cause) {
		return
	}
	sight := engine.Sight{Action: s.place(ctx, a), Ended: true}
	if err != nil {
		sight.Error, sight.Text = errorClass(err), limit(err.Error(), maxText)
	}
	if err != nil && cause != nil {
		sight.Error = string(engine.FailedTimeout) // Whatever it made of the end of its bound.
	}
	s.saw(sight)
}

// sawEvents records what an action received.
func sawEvents[T any](ctx context.Context, s *Scope, events ...lahja.Event[T]) {
	sawFrom[T](ctx, s, nil, events...)
}

// sawFrom records what an action took from a stream.
func sawFrom[T any](ctx context.Context, s *Scope, stream *lahja.Stream[T], events ...lahja.Event[T]) {
	if s.tracer == nil {
		return
	}
	at, _ := ctx.Value(placeKey).(engine.Place)
	for _, e := range events {
		s.saw(engine.Sight{Action: at, Opened: s.tracer.openerOf(stream), Event: seenEvent(e.Received())})
	}
}

// sawEmpty records that an action took all that a stream held.
func sawEmpty[T any](ctx context.Context, s *Scope, stream *lahja.Stream[T]) {
	if s.tracer == nil {
		return
	}
	at, _ := ctx.Value(placeKey).(engine.Place)
	s.saw(engine.Sight{Action: at, Opened: s.tracer.openerOf(stream), Emptied: true})
}

// opened notes which action opened a stream.
func opened[T any](ctx context.Context, s *Scope, stream *lahja.Stream[T]) {
	if s.tracer == nil {
		return
	}
	at, _ := ctx.Value(placeKey).(engine.Place)
	opening := s.tracer.opens(at)
	s.tracer.mu.Lock()
	defer s.tracer.mu.Unlock()
	s.tracer.streams[stream] = opening
}

// openerOf returns nil for a stream that no action opened.
func (t *tracer) openerOf(stream any) *engine.Opening {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.streams[stream]
}

// watched is a handler that records what it receives, and how it fails.
func watched[T any](ctx context.Context, s *Scope, handler On[lahja.Event[T]]) On[lahja.Event[T]] {
	if s.tracer == nil {
		return handler
	}
	at, _ := ctx.Value(placeKey).(engine.Place)
	opening := s.tracer.opens(at)
	return func(ctx context.Context, s *Scope, e lahja.Event[T]) error {
		s.saw(engine.Sight{Action: at, Opened: opening, Event: seenEvent(e.Received())})
		err := protect(func() error { return handler(ctx, s, e) })
		if err != nil {
			s.saw(engine.Sight{Action: at, Opened: opening, Event: seenEvent(e.Received()), Ended: true, Error: errorClass(err), Text: limit(err.Error(), maxText)})
		}
		return err
	}
}

func seenEvent(r lahja.Received) *engine.SeenEvent {
	return &engine.SeenEvent{Type: r.Type.Name, Data: seenData(r.Data()), Origin: r.Origin}
}

const (
	// maxData is how many bytes of an event's data a sight shows.
	maxData = 300
	// maxText is how many bytes of an error's text it shows.
	maxText = 1000
)

// seenData is data as JSON, which looks the same in every process.
func seenData(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		// JSON has no infinities, and no maps by numbers; the bus has.
		data = []byte(withoutPointers(fmt.Sprintf("%+v", v)))
	}
	if len(data) <= maxData {
		return string(data)
	}
	return fmt.Sprintf("%s… (%d bytes, %.6x)", strings.ToValidUTF8(string(data[:maxData]), ""), len(data), sha256.Sum256(data))
}

// errorKinds are the errors that look the same on every engine.
var errorKinds = []error{lahja.ErrBind, lahja.ErrConnectionAttemptRejected, lahja.ErrLifecycle, lahja.ErrNoSubscribers,
	lahja.ErrRemoteDisconnected, lahja.ErrUnexpectedResponse, lahja.ErrInvalid, lahja.ErrTypeMismatch, lahja.ErrTooLarge,
	lahja.ErrQueueFull, lahja.ErrMalformed, context.DeadlineExceeded, context.Canceled}

// errorClass is what of an error is to be the same on every engine: the kinds of
// the bus that it is, or else the kind of failure.
func errorClass(err error) string {
	kind := classify(err)
	if kind != engine.FailedError && kind != engine.FailedHandler {
		return string(kind)
	}
	var kinds []string
	for _, k := range errorKinds {
		if errors.Is(err, k) {
			kinds = append(kinds, k.Error())
		}
	}
	if len(kinds) == 0 {
		return string(kind)
	}
	return strings.Join(slices.Sorted(slices.Values(kinds)), ", ")
}
