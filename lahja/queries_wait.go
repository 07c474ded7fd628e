package lahja

import (
	"context"
	"errors"
	"fmt"
)

// WaitUntilConnectedTo waits until the named endpoint is connected, no matter which side
// dials.
func WaitUntilConnectedTo(ctx context.Context, ep EndpointAPI, name string) error {
	return waitUntil(ctx, ep, "connected to "+name, func(s Snapshot) bool { return connectedTo(s, name) })
}

// WaitUntilDisconnectedFrom waits until the named endpoint is not connected.
func WaitUntilDisconnectedFrom(ctx context.Context, ep EndpointAPI, name string) error {
	return waitUntil(ctx, ep, "disconnected from "+name, func(s Snapshot) bool { return !connectedTo(s, name) })
}

// WaitUntilConnectionsChange waits until a peer connects or disconnects after the call. To
// wait from an earlier moment on, use EndpointAPI.WaitForChange with a version.
func WaitUntilConnectionsChange(ctx context.Context, ep EndpointAPI) error {
	before := ep.Peers().Connections
	return waitUntil(ctx, ep, "connections changed", func(s Snapshot) bool { return s.Connections != before })
}

// WaitUntilEndpointSubscriptionsChange waits until the subscriptions of any peer or of ep
// itself change. A connect and a disconnect count as changes.
func WaitUntilEndpointSubscriptionsChange(ctx context.Context, ep EndpointAPI) error {
	before := ep.Peers().Subscriptions
	return waitUntil(ctx, ep, "subscriptions changed", func(s Snapshot) bool { return s.Subscriptions != before })
}

// WaitUntilSubscriptionsKnown waits until every peer knows what ep subscribes to at the
// time of the call.
func WaitUntilSubscriptionsKnown(ctx context.Context, ep EndpointAPI) error {
	own := ep.Peers().Own
	return waitUntil(ctx, ep, "own subscriptions known to every peer", func(s Snapshot) bool { return known(s, own) })
}

// WaitUntilEndpointSubscribedTo waits until the named endpoint is connected and
// subscribes to T.
func WaitUntilEndpointSubscribedTo[T any](ctx context.Context, ep EndpointAPI, name string) error {
	t, err := TypeOf[T]()
	if err != nil {
		return err
	}
	return waitUntil(ctx, ep, name+" subscribed to "+t.Name, func(s Snapshot) bool { return endpointSubscribed(s, name, t.Name) })
}

// WaitUntilAnyEndpointSubscribedTo waits until any endpoint, including ep itself,
// subscribes to T.
func WaitUntilAnyEndpointSubscribedTo[T any](ctx context.Context, ep EndpointAPI) error {
	t, err := TypeOf[T]()
	if err != nil {
		return err
	}
	return waitUntil(ctx, ep, "any endpoint subscribed to "+t.Name, func(s Snapshot) bool { return anySubscribed(s, t.Name) })
}

// WaitUntilAllEndpointsSubscribedTo waits until all connected endpoints subscribe to T, and
// with includeSelf also ep itself. Without peers and without includeSelf it returns at
// once.
func WaitUntilAllEndpointsSubscribedTo[T any](ctx context.Context, ep EndpointAPI, includeSelf bool) error {
	t, err := TypeOf[T]()
	if err != nil {
		return err
	}
	return waitUntil(ctx, ep, "all endpoints subscribed to "+t.Name, func(s Snapshot) bool {
		return allSubscribed(s, ep.Name(), t.Name, includeSelf)
	})
}

// waitUntil waits until holds returns true for what ep knows of its peers. Its error says
// what was awaited and what was found.
func waitUntil(ctx context.Context, ep EndpointAPI, what string, holds func(Snapshot) bool) error {
	var seen Snapshot
	for {
		next, err := ep.WaitForChange(ctx, seen.Version)
		if err != nil {
			return waitError(ctx, ep, what, seen, err)
		}
		seen = next
		if err := ctx.Err(); err != nil { // implementations by others may ignore ctx
			return waitError(ctx, ep, what, seen, err)
		}
		if holds(seen) {
			return nil
		}
	}
}

func waitError(ctx context.Context, ep EndpointAPI, what string, seen Snapshot, err error) error {
	failed := &Error{Op: "wait until " + what, Endpoint: ep.Name(), Err: err}
	if errors.Is(err, ErrLifecycle) {
		failed.Kind = ErrLifecycle
		if cause, ok := errors.AsType[*Error](err); ok {
			failed.Detail, failed.Err = cause.Detail, cause.Err
		}
		return failed
	}
	if seen.Version == 0 {
		seen = ep.Peers()
	}
	failed.Detail = fmt.Sprintf("there was %v", seen)
	if cause := ctx.Err(); cause != nil {
		failed.Err = cause
	}
	return failed
}
