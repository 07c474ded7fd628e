package p2p_test

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestQueriesLeaveNoTrace pins that an endpoint which was looked at before it ran works
// like any other.
func TestQueriesLeaveNoTrace(t *testing.T) {
	for name, query := range map[string]func(ep *p2p.Endpoint){
		"IsConnectedTo":          func(ep *p2p.Endpoint) { lahja.IsConnectedTo(ep, "a") },
		"Peers":                  func(ep *p2p.Endpoint) { ep.Peers() },
		"GetSubscribedEvents":    func(ep *p2p.Endpoint) { lahja.GetSubscribedEvents(ep) },
		"GetConnectedEndpoints":  func(ep *p2p.Endpoint) { lahja.GetConnectedEndpointsAndSubscriptions(ep) },
		"IsEndpointSubscribedTo": func(ep *p2p.Endpoint) { lahja.IsEndpointSubscribedTo[Tick](ep, "a") },
		"Inspect":                func(ep *p2p.Endpoint) { inspect.Endpoint(ep) },
		"a wait":                 func(ep *p2p.Endpoint) { _ = lahja.WaitUntilConnectedTo(t.Context(), ep, "a") },
		"a broadcast":            func(ep *p2p.Endpoint) { _ = lahja.Broadcast(t.Context(), ep, Blob{}) },
		"a subscription":         func(ep *p2p.Endpoint) { _, _ = lahja.NewStream[Tick](ep) },
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			ep, err := p2p.New("a", &n.opts)
			n.opened(ep, err)
			query(ep)
			check(t, ep.Run(t.Context()))
			query(ep)
			if !lahja.IsConnectedTo(ep, "a") {
				t.Error("it is not connected to itself")
			}
			check(t, lahja.WaitUntilConnectedTo(limited(t), ep, "a"))
			ticks := stream[Tick](t, ep)
			query(ep)
			check(t, lahja.WaitUntilAnyEndpointSubscribedTo[Tick](limited(t), ep))
			check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 1}))
			if e := next(t, ticks); e.Data.N != 1 {
				t.Errorf("got %v, want 1", e)
			}
			n.serve("b")
			n.connect(ep, "b")
			query(ep)
			if !lahja.IsConnectedTo(ep, "b") {
				t.Error("it is not connected to b")
			}
		})
	}
}

// TestNoQueryHoldsOfWhatDoesNotRun pins that nothing is said of endpoints that are not
// there: not even that all of them subscribe.
func TestNoQueryHoldsOfWhatDoesNotRun(t *testing.T) {
	n := memoryNetwork(t)
	ep, err := p2p.New("a", &n.opts)
	check(t, err)
	none := func(when string) {
		t.Helper()
		for query, holds := range map[string]bool{
			"AreAllEndpointsSubscribedTo with itself": lahja.AreAllEndpointsSubscribedTo[Tick](ep, true),
			"IsAnyEndpointSubscribedTo":               lahja.IsAnyEndpointSubscribedTo[Tick](ep),
			"IsEndpointSubscribedTo":                  lahja.IsEndpointSubscribedTo[Tick](ep, "a"),
			"IsConnectedTo":                           lahja.IsConnectedTo(ep, "a"),
		} {
			if holds {
				t.Errorf("%s it holds: %s", when, query)
			}
		}
		if !lahja.AreAllEndpointsSubscribedTo[Tick](ep, false) {
			t.Errorf("%s AreAllEndpointsSubscribedTo without itself does not hold, and there are none", when)
		}
		is(t, lahja.WaitUntilAllEndpointsSubscribedTo[Tick](limited(t), ep, true), lahja.ErrLifecycle)
		is(t, lahja.WaitUntilDisconnectedFrom(limited(t), ep, "b"), lahja.ErrLifecycle)
		is(t, lahja.WaitUntilSubscriptionsKnown(limited(t), ep), lahja.ErrLifecycle)
	}
	none("before it runs")
	check(t, ep.Run(t.Context()))
	stream[Tick](t, ep)
	if !lahja.AreAllEndpointsSubscribedTo[Tick](ep, true) {
		t.Error("it does not list its own subscription")
	}
	check(t, ep.Close())
	none("closed")
}

// TestCallsFailOnceTheirContextHasEnded pins that an ended context counts also where
// there is nothing to wait for, every time.
func TestCallsFailOnceTheirContextHasEnded(t *testing.T) {
	n := memoryNetwork(t)
	server, ep := n.serve("server"), n.run("a")
	answer(t, server)
	answer(t, ep)
	n.serve("other")
	n.connect(ep, "server")
	ticks := stream[Tick](t, ep)
	sub, err := ep.Subscribe(ticksOf(t), nil, lahja.SubscribeConfig{})
	check(t, err)
	known(t, ep)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"WaitForChange":                        func() error { _, err := ep.WaitForChange(over, 0); return err },
		"WaitUntilConnectedTo":                 func() error { return lahja.WaitUntilConnectedTo(over, ep, "a") },
		"WaitUntilDisconnectedFrom":            func() error { return lahja.WaitUntilDisconnectedFrom(over, ep, "nobody") },
		"WaitUntilConnectionsChange":           func() error { return lahja.WaitUntilConnectionsChange(over, ep) },
		"WaitUntilEndpointSubscriptionsChange": func() error { return lahja.WaitUntilEndpointSubscriptionsChange(over, ep) },
		"WaitUntilSubscriptionsKnown":          func() error { return lahja.WaitUntilSubscriptionsKnown(over, ep) },
		"WaitUntilEndpointSubscribedTo":        func() error { return lahja.WaitUntilEndpointSubscribedTo[Tick](over, ep, "a") },
		"WaitUntilAnyEndpointSubscribedTo":     func() error { return lahja.WaitUntilAnyEndpointSubscribedTo[Tick](over, ep) },
		"WaitUntilAllEndpointsSubscribedTo":    func() error { return lahja.WaitUntilAllEndpointsSubscribedTo[Tick](over, ep, false) },
		"Sync with itself":                     func() error { return ep.Sync(over, "a") },
		"Sync with a peer":                     func() error { return ep.Sync(over, "server") },
		"Sync with a stranger":                 func() error { return ep.Sync(over, "stranger") },
		"ConnectToEndpoints":                   func() error { return ep.ConnectToEndpoints(over, n.config("other")) },
		"ConnectToEndpoints with none":         func() error { return ep.ConnectToEndpoints(over) },
		"Broadcast":                            func() error { return lahja.Broadcast(over, ep, Tick{}) },
		"Broadcast to nobody": func() error {
			return lahja.Broadcast(over, ep, Blob{}, lahja.BroadcastConfig{AllowNoSubscribers: true})
		},
		"Request": func() error { _, err := lahja.Request(over, ep, Ping{}); return err },
		"RequestAll": func() error {
			r := lahja.RequestAll(over, ep, Ping{})
			for range r.All() {
				t.Error("an answer")
			}
			return r.Err()
		},
		"Answers.Next": func() error {
			answers, err := ep.Request(t.Context(), Ping{}, pongs(t), lahja.BroadcastConfig{})
			check(t, err)
			defer answers.Close()
			check(t, ep.Sync(limited(t), "server"))
			_, err = answers.Next(over)
			return err
		},
		"Stream.Next": func() error {
			check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
			_, err := ticks.Next(over)
			return err
		},
		"Subscription.Next": func() error { _, err := sub.Next(over); return err },
		"WaitFor":           func() error { _, err := lahja.WaitFor[Blob](over, ep); return err },
	} {
		for range 50 {
			if text := is(t, call(), context.Canceled); testing.Verbose() {
				t.Log(name, text)
			}
		}
	}
	if lahja.IsConnectedTo(ep, "other") {
		t.Error("it has connected")
	}

	check(t, ep.Close())
	for name, call := range map[string]func() error{
		"WaitForChange":      func() error { _, err := ep.WaitForChange(over, 0); return err },
		"a wait":             func() error { return lahja.WaitUntilConnectedTo(over, ep, "a") },
		"Sync with itself":   func() error { return ep.Sync(over, "a") },
		"Sync with a peer":   func() error { return ep.Sync(over, "server") },
		"ConnectToEndpoints": func() error { return ep.ConnectToEndpoints(over, n.config("other")) },
	} {
		if err := call(); is(t, err, context.Canceled) != is(t, err, lahja.ErrLifecycle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ticksOf(t *testing.T) lahja.EventType { return typeOf[Tick](t) }
func pongs(t *testing.T) lahja.EventType   { return typeOf[Pong](t) }

func typeOf[T any](t *testing.T) lahja.EventType {
	t.Helper()
	e, err := lahja.TypeOf[T]()
	check(t, err)
	return e
}
