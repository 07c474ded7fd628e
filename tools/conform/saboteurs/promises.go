package saboteurs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// structsOrNot accepts payloads that are no structs, without sending them.
func structsOrNot(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if reflect.Indirect(reflect.ValueOf(payload)).Kind() != reflect.Struct {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// unneeded sends nothing if no subscribers are required.
func unneeded(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if config.AllowNoSubscribers {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// toThoseItCan sends an event to those of the named endpoints that subscribe, and then reports
// the others.
func toThoseItCan(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	if !errors.Is(err, lahja.ErrNoSubscribers) {
		return err
	}
	config.FilterEndpoints = slices.DeleteFunc(slices.Clone(config.FilterEndpoints), func(name string) bool {
		return !slices.Contains(e.remoteSubscribers(payload), name)
	})
	if len(config.FilterEndpoints) == 0 {
		return err
	}
	return errors.Join(e.EndpointAPI.Broadcast(ctx, payload, config), err)
}

// untilHandledHere returns after its own handlers.
func untilHandledHere(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if err := e.EndpointAPI.Broadcast(ctx, payload, config); err != nil {
		return err
	}
	return e.EndpointAPI.Sync(ctx, e.Name())
}

// inTurn makes broadcasts with the same key that may wait run one at a time.
type inTurn struct {
	mu    sync.Mutex
	turns map[string]chan struct{}
}

func (t *inTurn) of(key string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.turns[key] == nil {
		t.turns[key] = make(chan struct{}, 1)
	}
	return t.turns[key]
}

func broadcastsInTurn(key func(e endpoint, payload any) string) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
		all := inTurn{turns: map[string]chan struct{}{}}
		return func(ep lahja.EndpointAPI) lahja.EndpointAPI {
			return broadcaster{endpoint{ep}, func(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
				turn := all.of(key(e, payload))
				if config.NoWait {
					return e.EndpointAPI.Broadcast(ctx, payload, config)
				}
				select {
				case turn <- struct{}{}:
					defer func() { <-turn }()
				case <-ctx.Done():
					return context.Cause(ctx)
				}
				return e.EndpointAPI.Broadcast(ctx, payload, config)
			}}
		}
	}
}

func ofEndpoint(e endpoint, _ any) string { return e.Name() }

func ofType(_ endpoint, payload any) string { return fmt.Sprintf("%T", payload) }

// bareErrors returns only the kind of a broadcast's error.
func bareErrors(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	var said *lahja.Error
	if errors.As(err, &said) && said.Kind != nil {
		return said.Kind
	}
	return err
}

// nobodyWasRefused does not name the endpoint with which a connect failed.
func nobodyWasRefused(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	err := e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	var said *lahja.Error
	if errors.As(err, &said) && said.Kind == lahja.ErrConnectionAttemptRejected {
		bare := *said
		bare.Peer = ""
		return &bare
	}
	return err
}

// remembersHeaders gives handlers of the endpoint's own events the headers of its latest event, as
// if it had kept a map that the caller reuses.
type remembersHeaders struct {
	endpoint
	sent *shared[lahja.Headers]
}

func newRemembersHeaders(e endpoint) lahja.EndpointAPI {
	return remembersHeaders{e, newShared(lahja.Headers(nil))}
}

func (m remembersHeaders) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	if config.Headers != nil {
		m.sent.set(maps.Clone(config.Headers))
	}
	return m.EndpointAPI.Broadcast(ctx, payload, config)
}

func (m remembersHeaders) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if own := handler; own != nil {
		handler = func(ctx context.Context, r lahja.Received) error {
			if r.Headers != nil && r.Origin == m.Name() {
				r.Headers = m.sent.get()
			}
			return own(ctx, r)
		}
	}
	return m.EndpointAPI.Subscribe(t, handler, config)
}

// underOtherIDs changes the ids of events in transit whose type has a certain ending.
func underOtherIDs(suffix string) func(passing) filter {
	return editEvents(func(m *wire.EventMsg, _ bool) {
		if strings.HasSuffix(string(m.TypeBytes), suffix) {
			m.Sequence += 1000
		}
	})
}

// onItsOwn calls a handler on another goroutine, and waits for it.
func onItsOwn(_ endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) error {
		returned := make(chan error, 1)
		go func() {
			defer func() {
				if p := recover(); p != nil {
					err, _ := p.(error)
					returned <- errors.Join(errors.New("panic"), err)
				}
			}()
			returned <- handler(ctx, r)
		}()
		select {
		case err := <-returned:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// oneOfAType calls the handlers of one type one at a time.
type oneOfAType struct {
	endpoint
	mu    *sync.Mutex
	types map[string]chan struct{}
}

func newOneOfAType(e endpoint) lahja.EndpointAPI {
	return oneOfAType{e, new(sync.Mutex), map[string]chan struct{}{}}
}

func (o oneOfAType) turn(event string) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.types[event] == nil {
		o.types[event] = make(chan struct{}, 1)
	}
	return o.types[event]
}

func (o oneOfAType) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if own, turn := handler, o.turn(t.Name); own != nil {
		handler = func(ctx context.Context, r lahja.Received) error {
			select {
			case turn <- struct{}{}:
				defer func() { <-turn }()
			case <-ctx.Done():
				return ctx.Err()
			}
			return own(ctx, r)
		}
	}
	return o.EndpointAPI.Subscribe(t, handler, config)
}

// untilItsSenderGoes ends a handler's context when the event's sender leaves.
func untilItsSenderGoes(e endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) error {
		ctx, cancel := context.WithCancel(ctx)
		var watch sync.WaitGroup
		watch.Go(func() {
			if r.Origin != e.Name() && lahja.WaitUntilDisconnectedFrom(ctx, e, r.Origin) == nil {
				cancel()
			}
		})
		defer watch.Wait()
		defer cancel()
		return handler(ctx, r)
	}
}

// forgiving subscribes with a default config if the given one is invalid.
type forgiving struct{ endpoint }

func (f forgiving) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	sub, err := f.EndpointAPI.Subscribe(t, handler, config)
	if errors.Is(err, lahja.ErrInvalid) {
		return f.EndpointAPI.Subscribe(t, handler, lahja.SubscribeConfig{})
	}
	return sub, err
}

// lonely does not make streams members of queue groups.
type lonely struct{ endpoint }

func (l lonely) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler == nil {
		config.Group = ""
	}
	return l.EndpointAPI.Subscribe(t, handler, config)
}

// onlyWhatFits drops events that are larger than their subscription's whole queue.
func onlyWhatFits(passing) filter {
	subscribed := newShared(map[string]wire.Interest{})
	return filter{
		in: noting(subscribed),
		out: func(f frame) []frame {
			m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload)
			if err != nil || !isEvent(f) {
				return []frame{f}
			}
			if room := subscribed.get()[string(m.TypeBytes)].Window; room > 0 && len(m.Payload) > int(room) {
				return nil
			}
			return []frame{f}
		},
	}
}
