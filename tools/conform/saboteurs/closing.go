package saboteurs

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
)

// boastful reports that it serves, even after it has closed.
type boastful struct{ endpoint }

func (boastful) IsServing() bool { return true }

// hanging never returns from Close.
type hanging struct{ endpoint }

func (h hanging) Close() error {
	if err := h.EndpointAPI.Close(); err != nil {
		return err
	}
	select {}
}

// hasty does not wait for large events when it shuts down.
type hasty struct {
	endpoint
	large *atomic.Bool // one may be in flight
}

func newHasty(e endpoint) lahja.EndpointAPI { return hasty{e, new(atomic.Bool)} }

func (h hasty) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	if hasLarge(payload) {
		h.large.Store(true)
	}
	return h.EndpointAPI.Broadcast(ctx, payload, config)
}

func (h hasty) Sync(ctx context.Context, peer string) error {
	h.large.Store(false)
	return h.EndpointAPI.Sync(ctx, peer)
}

func (h hasty) Shutdown(ctx context.Context) error {
	if h.large.Load() {
		return h.Close()
	}
	return h.endpoint.Shutdown(ctx)
}

// discarding closes at once if it has broadcast or answered something large.
type discarding struct {
	endpoint
	answers bool         // it discards answers, and not broadcasts
	large   *atomic.Bool // one may be in flight
}

func discards(answers bool) func(endpoint) lahja.EndpointAPI {
	return func(e endpoint) lahja.EndpointAPI { return discarding{e, answers, new(atomic.Bool)} }
}

func (d discarding) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	if answer := !config.FilterEventID.IsZero(); answer == d.answers && hasLarge(payload) {
		d.large.Store(true)
	}
	return d.EndpointAPI.Broadcast(ctx, payload, config)
}

// Subscribe has handlers answer through the wrapper.
func (d discarding) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler == nil {
		return d.EndpointAPI.Subscribe(t, nil, config)
	}
	return d.EndpointAPI.Subscribe(t, func(ctx context.Context, r lahja.Received) error {
		return handler(ctx, lahja.NewReceived(d, r))
	}, config)
}

// Close does what other endpoints do within their linger, because the inner endpoint has none.
func (d discarding) Close() error {
	if !d.large.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), lahja.DefaultLinger)
		defer cancel()
		_ = d.Shutdown(ctx) // The time may be up.
	}
	return d.EndpointAPI.Close()
}

// largeField is how many bytes make a large event.
const largeField = 8 << 10

// hasLarge reports whether a field of the payload holds many bytes.
func hasLarge(payload any) bool {
	v := reflect.Indirect(reflect.ValueOf(payload))
	if v.Kind() != reflect.Struct {
		return false
	}
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Len() >= largeField {
			return true
		}
	}
	return false
}

// closingOnce fails when it is closed again.
type closingOnce struct {
	endpoint
	closed *atomic.Bool
}

func newClosingOnce(e endpoint) lahja.EndpointAPI { return closingOnce{e, new(atomic.Bool)} }

func (c closingOnce) Close() error {
	if c.closed.Swap(true) {
		return &lahja.Error{Op: "close", Endpoint: c.Name(), Kind: lahja.ErrLifecycle}
	}
	return c.EndpointAPI.Close()
}
