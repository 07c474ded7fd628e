package otelobserve

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/lahja/go-lahja/lahja"
)

// Name is the name under which this package makes spans and metrics.
const Name = "github.com/lahja/go-lahja/lahja/observe/otelobserve"

// Traced is an endpoint that makes spans. Otherwise it works like the endpoint that it
// wraps.
type Traced struct {
	lahja.EndpointAPI
	tracer trace.Tracer
}

var (
	_ lahja.EndpointAPI = (*Traced)(nil)
	_ lahja.Shutdowner  = (*Traced)(nil)
	_ lahja.Lifecycle   = (*Traced)(nil)
)

// Endpoint wraps ep so that it makes spans with provider. Nil means the global provider.
//
// A broadcast or request is a child of the span in its context or, without one, of the
// parent of the trace there. Its span ends when the call returns; the span of a request
// ends when its answers are closed. What is sent carries its span, unless the config's
// Headers have a traceparent. A handler's span is a child of the span that sent the event.
// An error becomes the span's status. An answer (Event.Respond) has no span of its own; it
// carries the handler's.
func Endpoint(ep lahja.EndpointAPI, provider trace.TracerProvider) *Traced {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	return &Traced{EndpointAPI: ep, tracer: provider.Tracer(Name)}
}

// Unwrap returns the wrapped endpoint.
func (t *Traced) Unwrap() lahja.EndpointAPI { return t.EndpointAPI }

// Broadcast implements lahja.EndpointAPI, with a span "send <type>".
func (t *Traced) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	ctx, span := t.sends(ctx, "send", trace.SpanKindProducer, payload)
	err := t.EndpointAPI.Broadcast(ctx, payload, config)
	end(span, err)
	return err
}

// Request implements lahja.EndpointAPI, with a span "request <type>" that ends when the
// answers are closed.
func (t *Traced) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	ctx, span := t.sends(ctx, "request", trace.SpanKindClient, payload)
	answers, err := t.EndpointAPI.Request(ctx, payload, want, config)
	if err != nil {
		end(span, err)
		return nil, err
	}
	return &tracedAnswers{Answers: answers, span: span}, nil
}

// Subscribe implements lahja.EndpointAPI. Each call of the handler has a span "handle
// <type>".
func (t *Traced) Subscribe(eventType lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler == nil {
		return t.EndpointAPI.Subscribe(eventType, nil, config)
	}
	return t.EndpointAPI.Subscribe(eventType, func(ctx context.Context, r lahja.Received) error {
		return t.handle(ctx, r, handler)
	}, config)
}

// Shutdown calls lahja.Shutdown on the wrapped endpoint.
func (t *Traced) Shutdown(ctx context.Context) error { return lahja.Shutdown(ctx, t.EndpointAPI) }

// IsRunning calls lahja.IsRunning on the wrapped endpoint.
func (t *Traced) IsRunning() bool { return lahja.IsRunning(t.EndpointAPI) }

// IsServing calls lahja.IsServing on the wrapped endpoint.
func (t *Traced) IsServing() bool { return lahja.IsServing(t.EndpointAPI) }

// Done calls lahja.Done on the wrapped endpoint.
func (t *Traced) Done() <-chan struct{} { return lahja.Done(t.EndpointAPI) }

func (t *Traced) sends(ctx context.Context, operation string, kind trace.SpanKind, payload any) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = Follow(ctx)
	}
	// Where there is no type the endpoint says so.
	eventType, _ := lahja.TypeOfValue(payload)
	ctx, span := t.start(ctx, operation, kind, eventType.Name)
	return Carry(ctx), span
}

func (t *Traced) handle(ctx context.Context, r lahja.Received, handler lahja.Handler) (err error) {
	ctx, span := t.start(Follow(ctx), "handle", trace.SpanKindConsumer, r.Type.Name,
		attribute.String("messaging.message.id", r.ID.String()), attribute.String("lahja.origin", r.Origin))
	err = errNoReturn // not recovered here, as the endpoint wants the stack
	defer func() { end(span, err) }()
	err = handler(Carry(ctx), r)
	return err
}

var errNoReturn = errors.New("the handler panicked or called runtime.Goexit; the endpoint's log says which and where")

func (t *Traced) start(ctx context.Context, operation string, kind trace.SpanKind, event string, more ...attribute.KeyValue) (context.Context, trace.Span) {
	attributes := append(more,
		attribute.String("messaging.system", "lahja"),
		attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.destination.name", event),
		attribute.String("lahja.endpoint", t.Name()))
	return t.tracer.Start(ctx, operation+" "+event, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
}

func end(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
