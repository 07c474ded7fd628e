package saboteurs

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// both are all events, answers or not.
func both(f frame) bool { return isEvent(f) || isAnswer(f) }

// dropHeaders removes the headers of such events.
func dropHeaders(of func(f frame) bool) func(passing) filter {
	return func(p passing) filter {
		drop := editEvents(func(m *wire.EventMsg, _ bool) { m.Headers = nil })(p)
		return filter{out: func(f frame) []frame {
			if !of(f) {
				return []frame{f}
			}
			return drop.out(f)
		}}
	}
}

// mixUpHeaders gives every nth event the headers of the one before it.
func mixUpHeaders(n int) func(passing) filter {
	return func(p passing) filter {
		var last map[string]string
		events := 0
		return editEvents(func(m *wire.EventMsg, _ bool) {
			own := m.Headers
			if events++; events%n == 0 {
				m.Headers = last
			}
			last = own
		})(p)
	}
}

// cutHeaders cuts values to so many bytes.
func cutHeaders(most int) func(passing) filter {
	return editEvents(func(m *wire.EventMsg, _ bool) {
		cut := map[string]string{}
		for key, value := range m.Headers {
			cut[key] = value[:min(len(value), most)]
		}
		m.Headers = cut
	})
}

// keepHeaders gives an event without headers those of the last event that had some.
func keepHeaders(p passing) filter {
	var last map[string]string
	return editEvents(func(m *wire.EventMsg, _ bool) {
		if m.Headers == nil {
			m.Headers = last
		}
		last = m.Headers
	})(p)
}

// echoHeaders gives an answer without headers those of its request.
func echoHeaders(p passing) filter {
	var mu sync.Mutex
	asked := map[uint64]map[string]string{}
	answers := editEvents(func(m *wire.EventMsg, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		if m.Headers == nil && m.AnswersInstance|m.AnswersSequence != 0 {
			m.Headers = asked[m.AnswersSequence]
		}
	})(p)
	requests := func(f frame) []frame {
		if m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload); isEvent(f) && err == nil {
			mu.Lock()
			defer mu.Unlock()
			asked[m.Sequence] = m.Headers
		}
		return []frame{f}
	}
	return filter{in: requests, out: answers.out}
}

// dropMalformedTrace removes a malformed traceparent from every event.
func dropMalformedTrace(p passing) filter {
	return editEvents(func(m *wire.EventMsg, _ bool) {
		if _, ok := lahja.Headers(m.Headers).Trace(); !ok {
			m.Headers = maps.Clone(m.Headers)
			delete(m.Headers, lahja.HeaderTraceParent)
		}
	})(p)
}

// withoutBadHeaders sends an event whose headers are refused without them.
func withoutBadHeaders(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	if !errors.Is(err, lahja.ErrInvalid) || len(config.Headers) == 0 {
		return err
	}
	config.Headers = nil
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// outOfTrace gives a handler a context without a trace.
func outOfTrace(_ endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) error {
		return handler(lahja.WithTrace(ctx, lahja.TraceContext{}), r)
	}
}

// stayingInTrace gives a handler of an event without a trace the previous trace.
func stayingInTrace(_ endpoint, handler lahja.Handler) lahja.Handler {
	var last lahja.TraceContext
	return func(ctx context.Context, r lahja.Received) error {
		if tc, ok := lahja.TraceFrom(ctx); ok {
			last = tc
		}
		return handler(lahja.WithTrace(ctx, last), r)
	}
}
