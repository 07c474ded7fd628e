package otelobserve_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe/otelobserve"
	"github.com/lahja/go-lahja/lahja/p2p"
)

type Ping struct {
	lahja.Expects[Pong]
	N int
}

func (Ping) EventName() string { return "ping" }

type Pong struct{ N int }

func (Pong) EventName() string { return "pong" }

type Note struct{ N int }

func (Note) EventName() string { return "note" }

// process is what one process has: an endpoint, and the spans that it exports.
type process struct {
	*otelobserve.Traced
	tracer   trace.Tracer
	exported *tracetest.InMemoryExporter
}

func newProcess(t *testing.T, ep *p2p.Endpoint, err error) process {
	t.Helper()
	check(t, err)
	t.Cleanup(func() { check(t, ep.Close()) })
	exported := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exported))
	return process{otelobserve.Endpoint(ep, provider), provider.Tracer("test"), exported}
}

// span is the one span of that name, once the process has ended it.
func (p process) span(t *testing.T, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range p.exported.GetSpans() {
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d spans %q, want one, of %d", p.Name(), len(found), name, len(p.exported.GetSpans()))
	}
	return found[0]
}

// pair is a client that is connected to a server, over a Unix socket.
func pair(t *testing.T, observer lahja.Observer) (server, client process) {
	t.Helper()
	opts := &p2p.Options{Logger: slog.New(slog.DiscardHandler), Observer: observer}
	config := lahja.ConnectionConfig{Name: "server", Address: filepath.Join(testkit.ShortDir(t), "server.ipc")}
	s, err := p2p.ServeEndpoint(t.Context(), config, opts)
	server = newProcess(t, s, err)
	c, err := p2p.RunEndpoint(t.Context(), "client", opts)
	client = newProcess(t, c, err)
	check(t, client.ConnectToEndpoints(limited(t), config))
	return server, client
}

var (
	check   = testkit.Check
	limited = testkit.Context
)

func TestSpansOfTheSenderAreParentsOfTheHandlers(t *testing.T) {
	server, client := pair(t, nil)
	_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		_, work := server.tracer.Start(ctx, "work")
		work.End()
		if err := lahja.Broadcast(ctx, server, Note{}); err != nil {
			return err
		}
		return e.Respond(ctx, Pong{})
	})
	check(t, err)
	_, err = lahja.Subscribe(client, func(context.Context, lahja.Event[Note]) error { return nil })
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Note](limited(t), server, "client"))

	ctx, order := client.tracer.Start(limited(t), "order")
	pong, err := lahja.Request(ctx, client, Ping{})
	check(t, err)
	order.End()
	check(t, client.Sync(limited(t), "server"))
	check(t, client.Sync(limited(t), "client"))

	request, handled, note := client.span(t, "request ping"), server.span(t, "handle ping"), server.span(t, "send note")
	for _, c := range []struct {
		child  tracetest.SpanStub
		parent trace.SpanContext
		remote bool
	}{
		{request, order.SpanContext(), false},
		{handled, request.SpanContext, true},
		{server.span(t, "work"), handled.SpanContext, false},
		{note, handled.SpanContext, false},
		{client.span(t, "handle note"), note.SpanContext, true},
	} {
		if c.child.Parent.SpanID() != c.parent.SpanID() || c.child.SpanContext.TraceID() != order.SpanContext().TraceID() ||
			c.child.Parent.IsRemote() != c.remote || c.child.Status.Code != codes.Unset {
			t.Errorf("%s has the parent %v, remote: %t, and the status %+v; want %v, %t, and none",
				c.child.Name, c.child.Parent.SpanID(), c.child.Parent.IsRemote(), c.child.Status, c.parent.SpanID(), c.remote)
		}
	}
	if request.SpanKind != trace.SpanKindClient || handled.SpanKind != trace.SpanKindConsumer || note.SpanKind != trace.SpanKindProducer {
		t.Errorf("got the kinds %s, %s, %s; want client, consumer, producer", request.SpanKind, handled.SpanKind, note.SpanKind)
	}
	if tc, _ := pong.Trace(); otelobserve.ToSpan(tc).SpanID() != handled.SpanContext.SpanID() {
		t.Errorf("the answer is in %+v, want it beneath the handler's %s", tc, handled.SpanContext.SpanID())
	}
	attributes := map[string]string{}
	for _, a := range handled.Attributes {
		attributes[string(a.Key)] = a.Value.String()
	}
	if attributes["lahja.origin"] != "client" || attributes["lahja.endpoint"] != "server" || attributes["messaging.destination.name"] != "ping" {
		t.Errorf("got the attributes %v", attributes)
	}
}

func TestSpansBeginATraceOfTheirOwnWhereThereIsNone(t *testing.T) {
	server, client := pair(t, nil)
	_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Note]) error { return nil })
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Note](limited(t), client, "server"))
	check(t, lahja.Broadcast(t.Context(), client.Unwrap(), Note{}))
	check(t, client.Sync(limited(t), "server"))
	if s := server.span(t, "handle note"); s.Parent.IsValid() || !s.SpanContext.IsValid() {
		t.Errorf("got the parent %v, want none", s.Parent)
	}
}

func TestSpansAreBeneathTheTraceOfTheirContext(t *testing.T) {
	_, client := pair(t, nil)
	tc := lahja.TraceContext{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	check(t, lahja.Broadcast(lahja.WithTrace(t.Context(), tc), client, Note{}, lahja.BroadcastConfig{AllowNoSubscribers: true}))
	if s := client.span(t, "send note"); s.Parent.SpanID() != otelobserve.ToSpan(tc).SpanID() || s.SpanContext.TraceID().String() != tc.TraceID() {
		t.Errorf("got the parent %v, want that of %s", s.Parent.SpanID(), tc.Parent)
	}
}

func TestSpansTellOfErrors(t *testing.T) {
	server, client := pair(t, nil)
	failure := errors.New("not today")
	for name, c := range map[string]struct {
		handle func() error
		says   string
	}{
		"returns": {func() error { return failure }, "not today"},
		"panics":  {func() error { panic(failure) }, "the handler panicked or called runtime.Goexit; the endpoint's log says which and where"},
		"exits":   {func() error { runtime.Goexit(); return nil }, "the handler panicked or called runtime.Goexit; the endpoint's log says which and where"},
	} {
		server.exported.Reset()
		sub, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Note]) error { return c.handle() })
		check(t, err)
		check(t, lahja.Broadcast(t.Context(), server.Unwrap(), Note{}))
		check(t, server.Sync(limited(t), "server"))
		if got := server.span(t, "handle note").Status; got.Code != codes.Error || got.Description != c.says {
			t.Errorf("%s: got the status %+v, want the error %q", name, got, c.says)
		}
		sub.Close()
	}
	err := lahja.Broadcast(t.Context(), client, Note{}, lahja.BroadcastConfig{Internal: true})
	if got := client.span(t, "send note").Status; !errors.Is(err, lahja.ErrNoSubscribers) || got.Code != codes.Error || got.Description != err.Error() {
		t.Errorf("got the status %+v for the error %v", got, err)
	}
}

func TestStreamsGoThroughAndShutdownToo(t *testing.T) {
	server, client := pair(t, nil)
	notes, err := lahja.NewStream[Note](server)
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Note](limited(t), client, "server"))
	check(t, lahja.Broadcast(limited(t), client, Note{N: 1}))
	e, err := notes.Next(limited(t))
	check(t, err)
	tc, _ := e.Trace()
	ctx := otelobserve.Follow(lahja.WithTrace(limited(t), tc))
	_, work := server.tracer.Start(ctx, "work")
	work.End()
	if got, want := server.span(t, "work").Parent.SpanID(), client.span(t, "send note").SpanContext.SpanID(); got != want {
		t.Errorf("got the parent %v, want the sender's %v", got, want)
	}
	check(t, lahja.Shutdown(limited(t), client))
	if err := lahja.Broadcast(limited(t), client, Note{}); !errors.Is(err, lahja.ErrLifecycle) {
		t.Errorf("after a shutdown got %v, want ErrLifecycle", err)
	}
}

func TestBridge(t *testing.T) {
	tc := lahja.TraceContext{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "vendor=1,other=2"}
	sc := otelobserve.ToSpan(tc)
	if !sc.IsValid() || !sc.IsSampled() || sc.TraceID().String() != tc.TraceID() || sc.TraceState().Get("other") != "2" {
		t.Errorf("got %+v of %+v", sc, tc)
	}
	if got := otelobserve.FromSpan(sc); got != tc {
		t.Errorf("there and back it is %+v, want %+v", got, tc)
	}
	if got := otelobserve.FromSpan(trace.SpanContext{}); got != (lahja.TraceContext{}) {
		t.Errorf("no span makes %+v, want none", got)
	}
	if sc := otelobserve.ToSpan(lahja.TraceContext{Parent: "rubbish"}); sc.IsValid() {
		t.Errorf("no trace makes %+v, want none", sc)
	}
	ctx := t.Context()
	if otelobserve.Carry(ctx) != ctx || otelobserve.Follow(ctx) != ctx {
		t.Error("without span or trace the context changes")
	}
	ctx = otelobserve.Carry(otelobserve.Follow(lahja.WithTrace(ctx, tc)))
	if got, _ := lahja.TraceFrom(ctx); got != tc {
		t.Errorf("got the trace %+v, want %+v", got, tc)
	}
}

func TestSpanOfARequestThatIsGivenUpHasItsError(t *testing.T) {
	server, client := pair(t, nil)
	ctx, cancel := context.WithCancel(limited(t))
	defer cancel()
	_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Ping]) error {
		cancel()
		return nil
	})
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
	_, err = lahja.Request(ctx, client, Ping{})
	if got := client.span(t, "request ping").Status; !errors.Is(err, context.Canceled) || got.Code != codes.Error || got.Description != err.Error() {
		t.Errorf("got the status %+v for the error %v", got, err)
	}
}
