package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// headerTable checks headers themselves.
func headerTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("headers/arrive-as-sent",
			"Every event arrives with its own headers, up to the limits on number and size, in streams and handlers, local and remote.",
			func(*d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Stream(ticks),
						d.Subscribe(d.Append(handled)),
						d.Signal("listening"),
						d.AwaitDriver("client"),
						d.Drain(ticks).InOrder(d.Series(40, tick)...).Then(withHeaders(d.Series(40, headersOf)...)),
						d.Gathered(handled).InOrder(d.Series(40, tick)...).Then(withHeaders(d.Series(40, headersOf)...))),
					d.New(d.RunEndpoint("client"),
						d.Stream(ticks),
						d.Await("listening"),
						d.ConnectToEndpoints("server"),
						d.Sequence(d.Series(40, func(i int) d.Action {
							return d.Broadcast(Tick{i}, lahja.BroadcastConfig{Headers: headersOf(i)})
						})...),
						d.Sync("server"),
						d.Drain(ticks).InOrder(d.Series(40, tick)...).Then(withHeaders(d.Series(40, headersOf)...))),
				}
			}),

		d.Case("headers/none-where-none-were-sent", "An event sent without headers has none, whatever came before it.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.CollectFrom(ticks, 4).Then(withHeaders(nil, lahja.Headers{"one": "1"}, nil, nil))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenBroadcast(Tick{0}),
				d.Broadcast(Tick{1}, lahja.BroadcastConfig{Headers: lahja.Headers{"one": "1"}}),
				d.Broadcast(Tick{2}),
				d.Broadcast(Tick{3}, lahja.BroadcastConfig{Headers: lahja.Headers{}}),
				d.ShutdownEndpoint())),

		d.Case("headers/of-request-and-answer",
			"A request arrives with its headers; an answer has the headers that it was given, and none with Respond.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, ping lahja.Event[Ping]) error {
					config := ping.BroadcastConfig(false)
					config.Headers = lahja.Headers{"answers": ping.Headers()["asks"], "with": ping.Headers()["want"]}
					return lahja.Broadcast(ctx, s.Endpoint(), Pong{}, config)
				}),
				d.ServeRequests(func(lahja.Event[Ask]) Answer { return Answer{} })),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.WaitUntilEndpointSubscribedTo[Ask]("server"),
				d.RequestWith(Ping{}, wanting("this")).Then(hasHeaders[Pong](lahja.Headers{"answers": "client", "with": "this"})),
				d.RequestWith(Ping{}, wanting("that")).Then(hasHeaders[Pong](lahja.Headers{"answers": "client", "with": "that"})),
				d.RequestWith(Ask{}, wanting("no headers")).Then(hasHeaders[Answer](nil)))),

		d.Case("headers/outside-the-limits-throw",
			"The sender refuses headers that are too many, too large or invalid, and the event reaches nobody.",
			d.New(d.ServeEndpoint("server"), d.Stream(ticks), d.AwaitDriver("client"), d.Drain(ticks).InOrder(Tick{2})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				refuses(largestHeadersAnd("and one", "")),
				refuses(largestHeadersAnd("key 0", strings.Repeat("!", lahja.MaxHeaderBytes/lahja.MaxHeaders-len("key 0")+1))),
				refuses(lahja.Headers{"": "no key"}),
				refuses(lahja.Headers{strings.Repeat("k", lahja.MaxHeaderKey+1): "a long key"}),
				refuses(lahja.Headers{"a\nkey": "not printable"}),
				refuses(lahja.Headers{"k\u00e4y": "not ASCII"}),
				refuses(lahja.Headers{"value": strings.Repeat("v", lahja.MaxHeaderValue+1)}),
				refuses(lahja.Headers{"value": "not UTF-8: \xff"}),
				d.Broadcast(Tick{2}),
				d.Sync("server"))),

		d.Case("headers/are-not-kept",
			"Headers may be changed after their broadcast has returned: the event keeps those that it was sent with.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.AwaitDriver("client"),
				d.Drain(ticks).Then(withHeaders(nil, lahja.Headers{"n": "1"}, lahja.Headers{"n": "2"}))),
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					if e.Data.N == 0 {
						if err := heldUpUntilReleased(ctx, s, e); err != nil {
							return err
						}
					}
					return d.Append(handled)(ctx, s, e)
				}),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.Broadcast(Tick{0}),
				d.WaitUntilEndpointSubscribedTo[Release]("client"), // The others wait in its queue.
				d.Do("change headers after they were sent", func(ctx context.Context, s *d.Scope) error {
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
				d.Broadcast(Release{}),
				d.Sync(),
				d.Drain(ticks).Then(withHeaders(nil, lahja.Headers{"n": "1"}, lahja.Headers{"n": "2"})),
				d.Gathered(handled).Then(withHeaders(nil, lahja.Headers{"n": "1"}, lahja.Headers{"n": "2"})))),
	}
}

// wanting is the config of a request whose answer depends on its headers.
func wanting(want string) lahja.BroadcastConfig {
	return lahja.BroadcastConfig{Headers: lahja.Headers{"asks": "client", "want": want}}
}

// refuses expects that an event with these headers cannot be sent.
func refuses(h lahja.Headers) d.Action {
	return d.Throws(d.Broadcast(Tick{1}, lahja.BroadcastConfig{Headers: h}), lahja.ErrInvalid)
}

// largestHeadersAnd returns headers at all limits, with one more or one other.
func largestHeadersAnd(key, value string) lahja.Headers {
	h := largestHeaders(lahja.MaxHeaders)
	h[key] = value
	return h
}

// withHeaders expects events with these headers in this order, and no others.
func withHeaders(want ...lahja.Headers) d.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, _ *d.Scope, events []lahja.Event[Tick]) error {
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
func hasHeaders[T any](want lahja.Headers) d.On[lahja.Event[T]] {
	return func(_ context.Context, _ *d.Scope, e lahja.Event[T]) error {
		return compareHeaders(e, want)
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
