package bench

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// growTypes connects two endpoints. The measured part: one
// subscribes to many types of event, and the other learns of it and sends one event of each.
func growTypes(ctx context.Context, c *child) (func() error, error) {
	server, client, err := c.pair(ctx)
	if err != nil {
		return nil, err
	}
	types := make([]lahja.EventType, c.Size)
	for i := range types {
		if types[i], err = numberedType(i); err != nil {
			return nil, err
		}
	}
	return func() error {
		var handled sync.WaitGroup
		handled.Add(len(types))
		for _, t := range types {
			_, err := client.Subscribe(t, func(context.Context, lahja.Received) error { handled.Done(); return nil }, lahja.SubscribeConfig{})
			if err != nil {
				return err
			}
		}
		if err := lahja.WaitUntilSubscriptionsKnown(ctx, client); err != nil {
			return err
		}
		for _, t := range types {
			if err := server.Broadcast(ctx, reflect.Zero(t.Go).Interface(), lahja.BroadcastConfig{}); err != nil {
				return err
			}
		}
		handled.Wait()
		return nil
	}, nil
}

// numberedType is an event type like any other, of which there can be any number.
func numberedType(i int) (lahja.EventType, error) {
	name := fmt.Sprintf("lahja/bench/type-%d", i)
	t := reflect.StructOf([]reflect.StructField{
		{Name: "_", PkgPath: "bench", Type: reflect.TypeFor[struct{}](), Tag: reflect.StructTag(fmt.Sprintf("event:%q", name))},
		{Name: "Index", Type: reflect.TypeFor[uint64]()},
	})
	return lahja.TypeOfValue(reflect.Zero(t).Interface())
}

// growEndpoints serves one endpoint. The measured part: many others of this process
// connect to it one by one, and each receives an event.
func growEndpoints(ctx context.Context, c *child) (func() error, error) {
	server, err := p2p.ServeEndpoint(ctx, c.config(), nil)
	if err != nil {
		return nil, err
	}
	return func() error {
		var handled sync.WaitGroup
		handled.Add(c.Size)
		for i := range c.Size {
			client, err := p2p.RunEndpoint(ctx, receiverName(i), nil)
			if err != nil {
				return err
			}
			if _, err := lahja.Subscribe(client, func(context.Context, lahja.Event[Event]) error { handled.Done(); return nil }); err != nil {
				return err
			}
			if err := client.ConnectToEndpoints(ctx, c.config()); err != nil {
				return err
			}
		}
		if err := lahja.Broadcast(ctx, server, Event{}); err != nil {
			return err
		}
		handled.Wait()
		return nil
	}, nil
}

// growSubscribers connects two endpoints, one of which subscribes many times to one
// type. The measured part: the other sends events, and all are handled.
func growSubscribers(ctx context.Context, c *child) (func() error, error) {
	server, client, err := c.pair(ctx)
	if err != nil {
		return nil, err
	}
	var handled sync.WaitGroup
	handled.Add(c.Size * c.Events)
	for range c.Size {
		if _, err := lahja.Subscribe(client, func(context.Context, lahja.Event[Event]) error { handled.Done(); return nil }); err != nil {
			return nil, err
		}
	}
	return c.sendPair(ctx, server, &handled, nil)
}

// growPayload connects two endpoints. The measured part: one sends large events.
func growPayload(ctx context.Context, c *child) (func() error, error) {
	server, client, err := c.pair(ctx)
	if err != nil {
		return nil, err
	}
	data := payload(c.Payload)
	var handled sync.WaitGroup
	handled.Add(c.Events)
	_, err = lahja.Subscribe(client, func(_ context.Context, e lahja.Event[Event]) error {
		if len(e.Data.Payload) != len(data) {
			c.must(fmt.Errorf("got %d bytes, want %d", len(e.Data.Payload), len(data)))
		}
		handled.Done()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.sendPair(ctx, server, &handled, data)
}

// sendPair returns a function that sends the job's events and waits until they are handled.
func (c *child) sendPair(ctx context.Context, server *p2p.Endpoint, handled *sync.WaitGroup, data []byte) (func() error, error) {
	if err := lahja.WaitUntilEndpointSubscribedTo[Event](ctx, server, receiverName(0)); err != nil {
		return nil, err
	}
	return func() error {
		for i := range c.Events {
			if err := lahja.Broadcast(ctx, server, Event{Index: uint64(i), Payload: data}); err != nil {
				return err
			}
		}
		handled.Wait()
		return nil
	}, nil
}

// pair is two endpoints that are connected.
func (c *child) pair(ctx context.Context) (server, client *p2p.Endpoint, err error) {
	if server, err = p2p.ServeEndpoint(ctx, c.config(), nil); err != nil {
		return nil, nil, err
	}
	if client, err = p2p.RunEndpoint(ctx, receiverName(0), nil); err != nil {
		return nil, nil, err
	}
	return server, client, client.ConnectToEndpoints(ctx, c.config())
}
