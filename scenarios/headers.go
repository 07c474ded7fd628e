package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Headers travel with their event, and a trace with everything that the event causes.
var headersTable = slices.Concat(headerTable, traceTable)

// headerTable checks headers themselves.
var headerTable = []drivers.Scenario{
	{
		Name: "headers/arrive-as-sent",
		Rule: "Every event arrives with its own headers, up to the limits on number and size, in streams and handlers, local and remote.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			const n = 40
			there := drivers.NewSlot[*lahja.Stream[Tick]]("there")
			here := drivers.NewSlot[*lahja.Stream[Tick]]("here")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(there),
					drivers.Subscribe(drivers.Append(handled)),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(there, headersOfEach(n)),
					drivers.Gathered(handled, headersOfEach(n))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(here),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Sequence(each(n, func(i int) drivers.Action {
						return drivers.Broadcast(tick(i), lahja.BroadcastConfig{Headers: headersOf(i)})
					})...),
					drivers.Sync("server"),
					drivers.Drain(here, headersOfEach(n)),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "headers/none-where-none-were-sent",
		Rule: "An event sent without headers has none, whatever came before it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.NextFrom(ticks, hasHeaders[Tick](nil)),
					drivers.NextFrom(ticks, hasHeaders[Tick](lahja.Headers{"one": "1"})),
					drivers.NextFrom(ticks, hasHeaders[Tick](nil)),
					drivers.NextFrom(ticks, hasHeaders[Tick](nil)),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(Tick{N: 0}),
					drivers.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{Headers: lahja.Headers{"one": "1"}}),
					drivers.Broadcast(Tick{N: 2}),
					drivers.Broadcast(Tick{N: 3}, lahja.BroadcastConfig{Headers: lahja.Headers{}}),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "headers/of-request-and-answer",
		Rule: "A request arrives with its headers; an answer has the headers that it was given, and none with Respond.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			asking := func(want string) lahja.BroadcastConfig {
				return lahja.BroadcastConfig{Headers: lahja.Headers{"asks": "client", "want": want}}
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, ping lahja.Event[Ping]) error {
						config := ping.BroadcastConfig(false)
						config.Headers = lahja.Headers{"answers": ping.Headers()["asks"], "with": ping.Headers()["want"]}
						return lahja.Broadcast(ctx, s.Endpoint(), Pong{}, config)
					}),
					drivers.Subscribe(respond[Ask](Answer{})),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.WaitUntilEndpointSubscribedTo[Ask]("server"),
					drivers.RequestWith(Ping{}, asking("this"), hasHeaders[Pong](lahja.Headers{"answers": "client", "with": "this"})),
					drivers.RequestWith(Ping{}, asking("that"), hasHeaders[Pong](lahja.Headers{"answers": "client", "with": "that"})),
					drivers.RequestWith(Ask{}, asking("no headers"), hasHeaders[Answer](nil)),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "headers/outside-the-limits-throw",
		Rule: "The sender refuses headers that are too many, too large or invalid, and the event reaches nobody.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			refused := func(h lahja.Headers) drivers.Action {
				return drivers.Throws(drivers.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{Headers: h}), lahja.ErrInvalid)
			}
			many, large := largestHeaders(lahja.MaxHeaders), largestHeaders(lahja.MaxHeaders)
			many["and one"] = ""
			large[slices.Sorted(maps.Keys(large))[0]] += "."
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, exactly(Tick{N: 2}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					refused(many),
					refused(large),
					refused(lahja.Headers{"": "no key"}),
					refused(lahja.Headers{strings.Repeat("k", lahja.MaxHeaderKey+1): "a long key"}),
					refused(lahja.Headers{"a\nkey": "not printable"}),
					refused(lahja.Headers{"k\u00e4y": "not ASCII"}),
					refused(lahja.Headers{"value": strings.Repeat("v", lahja.MaxHeaderValue+1)}),
					refused(lahja.Headers{"value": "not UTF-8: \xff"}),
					drivers.Broadcast(Tick{N: 2}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "headers/are-not-kept",
		Rule: "Headers may be changed after their broadcast has returned: the event keeps those that it was sent with.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			there := drivers.NewSlot[*lahja.Stream[Tick]]("there")
			here := drivers.NewSlot[*lahja.Stream[Tick]]("here")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			sent := exactlyWithHeaders(nil, lahja.Headers{"n": "1"}, lahja.Headers{"n": "2"})
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(there),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(there, sent)),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(here),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
						if e.Data.N == 0 {
							if err := heldUpUntilReleased(ctx, s, e); err != nil {
								return err
							}
						}
						return drivers.Append(handled)(ctx, s, e)
					}),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(tick(0)),
					drivers.WaitUntilEndpointSubscribedTo[Release]("client"), // The others wait in its queue.
					drivers.Do("change headers after they were sent", func(ctx context.Context, s *drivers.Scope) error {
						h := lahja.Headers{}
						for i := 1; i <= 2; i++ {
							h["n"] = fmt.Sprint(i)
							if err := lahja.Broadcast(ctx, s.Endpoint(), tick(i), lahja.BroadcastConfig{Headers: h}); err != nil {
								return err
							}
						}
						h["n"], h["more"] = "3", "of them"
						return nil
					}),
					drivers.Broadcast(Release{}),
					drivers.Sync(),
					drivers.Drain(here, sent),
					drivers.Gathered(handled, sent),
					drivers.Checkpoint("sent")),
			}
		},
	},
}

// exactlyWithHeaders expects events with these headers in this order, and no others.
func exactlyWithHeaders(want ...lahja.Headers) drivers.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Tick]) error {
		if len(events) != len(want) {
			return fmt.Errorf("%d events came, want %d", len(events), len(want))
		}
		for i, e := range events {
			if err := compareHeaders(e, want[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// hasHeaders expects an event with these headers and no others.
func hasHeaders[T any](want lahja.Headers) drivers.On[lahja.Event[T]] {
	return func(_ context.Context, _ *drivers.Scope, e lahja.Event[T]) error {
		return compareHeaders(e, want)
	}
}

// headersOfEach expects tick(0) to tick(n-1) in order, each with its headersOf.
func headersOfEach(n int) drivers.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Tick]) error {
		if err := inSequence(events, n, tick); err != nil {
			return err
		}
		for i, e := range events {
			if err := compareHeaders(e, headersOf(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func compareHeaders[T any](e lahja.Event[T], want lahja.Headers) error {
	if maps.Equal(e.Headers(), want) {
		return nil
	}
	return fmt.Errorf("event %v has %s; want %s", e, describeHeaders(e.Headers()), describeHeaders(want))
}

// describeHeaders shows enough of headers to see how they differ.
func describeHeaders(h lahja.Headers) string {
	const most = 3
	var shown []string
	for i, key := range slices.Sorted(maps.Keys(h)) {
		if i == most {
			shown = append(shown, "...")
			break
		}
		shown = append(shown, fmt.Sprintf("%.20q: %.60q (%d bytes)", key, h[key], len(h[key])))
	}
	return fmt.Sprintf("%d headers {%s}", len(h), strings.Join(shown, ", "))
}

// headersOf returns the headers of event i: of every kind and at every limit in turn, and different
// for each event.
func headersOf(i int) lahja.Headers {
	own := fmt.Sprint(i)
	kinds := []lahja.Headers{
		{"n": own},
		nil,
		{"empty": "", "n": own},
		{"a key with\" :=\\~": "a value with\n\r\x00\u00e4\U0001f600 " + own},
		{"n": own, strings.Repeat("k", lahja.MaxHeaderKey): strings.Repeat("v", lahja.MaxHeaderValue)},
		largestHeaders(lahja.MaxHeaders),
		largestHeaders(4),
		{"N": "upper", "n": own},
	}
	return kinds[i%len(kinds)]
}

// largestHeaders returns n headers with as many bytes as headers may have together.
func largestHeaders(count int) lahja.Headers {
	h := lahja.Headers{}
	for i := range count {
		key := fmt.Sprintf("key %d", i)
		size := lahja.MaxHeaderBytes / count
		h[key] = strings.Repeat(string(rune('!'+i)), size-len(key))
	}
	return h
}
