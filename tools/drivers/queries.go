package drivers

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
)

// queryError is the error of a query that does not hold.
type queryError struct{ message string }

func (e *queryError) Error() string { return e.message }

// query is an action that holds when ask returns "", and fails with its text. An endpoint
// that does not run is no answer, so that it fails under DoesNotHold as well.
func query(name string, args []any, ask func(ep lahja.EndpointAPI) string) *action {
	return newAction(name, args, func(_ context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		if !lahja.IsRunning(ep) {
			return &lahja.Error{Op: "query", Endpoint: ep.Name(), Kind: lahja.ErrLifecycle,
				Detail: "it has closed, and lists nobody; query it before that, or after RestartEndpoint"}
		}
		if message := ask(ep); message != "" {
			return &queryError{message: message}
		}
		return nil
	}).usesEndpoint()
}

func holds(ok bool, format string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// IsConnectedTo holds if the endpoint is connected to that name now. Its own name
// counts.
func IsConnectedTo(name string) Action {
	return query("IsConnectedTo", []any{name}, func(ep lahja.EndpointAPI) string {
		return holds(lahja.IsConnectedTo(ep, name), "%s is not connected to %s", ep.Name(), name)
	}).asking("", name)
}

// ConnectedEndpointsAre holds if the endpoint is connected to exactly these
// others now.
func ConnectedEndpointsAre(names ...string) Action {
	return query("ConnectedEndpointsAre", []any{strings.Join(names, ", ")}, func(ep lahja.EndpointAPI) string {
		var have []string
		for _, p := range ep.Peers().Peers[1:] {
			have = append(have, p.Name)
		}
		want := slices.Sorted(slices.Values(names))
		return holds(slices.Equal(have, want), "%s is connected to %v, want %v", ep.Name(), have, want)
	})
}

// SubscribedEventsAre holds if the endpoint itself subscribes to exactly these
// types now, given by an event of each.
func SubscribedEventsAre(events ...any) Action {
	names := make([]any, len(events))
	for i, e := range events {
		names[i] = rawText(shortName(reflect.TypeOf(e)))
	}
	return query("SubscribedEventsAre", names, func(ep lahja.EndpointAPI) string {
		want := make([]string, len(events))
		for i, e := range events {
			t, err := lahja.TypeOfValue(e)
			if err != nil {
				return err.Error()
			}
			want[i] = t.Name
		}
		slices.Sort(want)
		have := slices.Sorted(slices.Values(lahja.GetSubscribedEvents(ep)))
		return holds(slices.Equal(have, want), "%s subscribes to %v, want %v", ep.Name(), have, want)
	})
}

// IsEndpointSubscribedTo holds if the named endpoint subscribes to T now, as far
// as this endpoint knows.
func IsEndpointSubscribedTo[T any](name string) Action {
	return query(generic[T]("IsEndpointSubscribedTo"), []any{name}, func(ep lahja.EndpointAPI) string {
		return holds(lahja.IsEndpointSubscribedTo[T](ep, name), "%s is not subscribed to %s", name, nameOf[T]())
	}).asking(eventType[T](), name)
}

// IsAnyEndpointSubscribedTo holds if any endpoint, this one included, subscribes
// to T now.
func IsAnyEndpointSubscribedTo[T any]() Action {
	return query(generic[T]("IsAnyEndpointSubscribedTo"), nil, func(ep lahja.EndpointAPI) string {
		return holds(lahja.IsAnyEndpointSubscribedTo[T](ep), "no endpoint is subscribed to %s", nameOf[T]())
	}).asking(eventType[T](), "")
}

// AreAllEndpointsSubscribedTo holds if all connected endpoints subscribe to T now.
func AreAllEndpointsSubscribedTo[T any](includeSelf bool) Action {
	return query(generic[T]("AreAllEndpointsSubscribedTo"), []any{includeSelf}, func(ep lahja.EndpointAPI) string {
		return holds(lahja.AreAllEndpointsSubscribedTo[T](ep, includeSelf), "not all endpoints are subscribed to %s", nameOf[T]())
	})
}

// waitAction is an action that waits with one of the package's functions.
func waitAction(name string, args []any, what string, wait func(ctx context.Context, ep lahja.EndpointAPI) error) *action {
	return newAction(name, args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return wait(ctx, ep)
	}).waits("%s", what)
}

// WaitUntilConnectedTo waits until the endpoint is connected to that name, or has been to each
// of these.
func WaitUntilConnectedTo(names ...string) Action {
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = name
	}
	return waitAction("WaitUntilConnectedTo", args, "a connection to "+strings.Join(names, ", "),
		func(ctx context.Context, ep lahja.EndpointAPI) error {
			for _, name := range names {
				if err := lahja.WaitUntilConnectedTo(ctx, ep, name); err != nil {
					return err
				}
			}
			return nil
		}).naming(names...).usesEndpoint().meeting()
}

// WaitUntilDisconnectedFrom waits until the endpoint is not connected to that
// name.
func WaitUntilDisconnectedFrom(name string) Action {
	return waitAction("WaitUntilDisconnectedFrom", []any{name}, "the end of the connection to "+name,
		func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilDisconnectedFrom(ctx, ep, name)
		})
}

// WaitUntilEndpointSubscribedTo waits until the named endpoint subscribes to T.
func WaitUntilEndpointSubscribedTo[T any](name string) Action {
	return waitAction(generic[T]("WaitUntilEndpointSubscribedTo"), []any{name}, name+" to subscribe to "+nameOf[T](),
		func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilEndpointSubscribedTo[T](ctx, ep, name)
		}).naming(name).awaiting(eventType[T](), name)
}

// WaitUntilAnyEndpointSubscribedTo waits until any endpoint, this one included,
// subscribes to T.
func WaitUntilAnyEndpointSubscribedTo[T any]() Action {
	return waitAction(generic[T]("WaitUntilAnyEndpointSubscribedTo"), nil, "any endpoint that subscribes to "+nameOf[T](),
		func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilAnyEndpointSubscribedTo[T](ctx, ep)
		}).awaiting(eventType[T](), "")
}

// WaitUntilAllEndpointsSubscribedTo waits until all connected endpoints subscribe
// to T.
func WaitUntilAllEndpointsSubscribedTo[T any](includeSelf bool) Action {
	return waitAction(generic[T]("WaitUntilAllEndpointsSubscribedTo"), []any{includeSelf}, "all endpoints to subscribe to "+nameOf[T](),
		func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilAllEndpointsSubscribedTo[T](ctx, ep, includeSelf)
		}).usesEndpoint().awaitingAll(eventType[T]())
}

// WaitUntilSubscriptionsKnown waits until all peers know what this endpoint
// subscribes to.
func WaitUntilSubscriptionsKnown() Action {
	return waitAction("WaitUntilSubscriptionsKnown", nil, "the peers to acknowledge the subscriptions",
		lahja.WaitUntilSubscriptionsKnown).usesEndpoint().telling()
}

// WaitUntilConnectionsChange runs the actions of during and waits until a peer has
// connected or disconnected since they began.
func WaitUntilConnectionsChange(during ...Action) Action {
	return waitForChange("WaitUntilConnectionsChange", "a connect or a disconnect", during,
		func(s lahja.Snapshot) uint64 { return s.Connections })
}

// WaitUntilEndpointSubscriptionsChange runs the actions of during and waits until
// anybody's subscriptions have changed since they began: a peer's, the
// endpoint's own, or by a connect or a disconnect.
func WaitUntilEndpointSubscriptionsChange(during ...Action) Action {
	return waitForChange("WaitUntilEndpointSubscriptionsChange", "a change of subscriptions", during,
		func(s lahja.Snapshot) uint64 { return s.Subscriptions })
}

func waitForChange(name, what string, during []Action, count func(lahja.Snapshot) uint64) Action {
	a := newAction(name, nil, nil).of(during...).waits("%s", what)
	a.run = func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		before := ep.Peers()
		if err := runAll(ctx, s, during); err != nil {
			return err
		}
		wait := func(ctx context.Context, s *Scope) error {
			for now := before; count(now) == count(before); {
				if now, err = ep.WaitForChange(ctx, now.Version); err != nil {
					return err
				}
			}
			return nil
		}
		if len(during) == 0 {
			return wait(ctx, s)
		}
		return s.Run(ctx, &action{name: name, source: a.source, waitsFor: a.waitsFor, run: wait})
	}
	return a
}

func nameOfValue(v any) string { return shortName(reflect.TypeOf(v)) }
