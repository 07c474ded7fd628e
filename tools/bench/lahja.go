package bench

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

// carried is how the bus carries a body: field by field, or in its own binary form.
type carried interface{ Event | BinaryEvent }

func sendLahja(ctx context.Context, c *child) (outlet, error) {
	if c.Codec == BinaryCodec {
		return serveLahja[BinaryEvent](ctx, c)
	}
	return serveLahja[Event](ctx, c)
}

func serveLahja[T carried](ctx context.Context, c *child) (outlet, error) {
	ep, err := c.serve(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.say(messageListening); err != nil {
		return nil, err
	}
	for i := range c.Consumers {
		if err := lahja.WaitUntilEndpointSubscribedTo[T](ctx, ep, receiverName(i)); err != nil {
			return nil, err
		}
	}
	return lahjaOutlet[T]{ep}, nil
}

type lahjaOutlet[T carried] struct{ ep lahja.EndpointAPI }

func (o lahjaOutlet[T]) send(ctx context.Context, b body) error {
	return lahja.Broadcast(ctx, o.ep, T(b))
}

func (lahjaOutlet[T]) flush(context.Context) error { return nil } // the bus holds nothing back

func receiveLahja(ctx context.Context, c *child, t *tally) error {
	if c.Codec == BinaryCodec {
		return runLahja[BinaryEvent](ctx, c, t)
	}
	return runLahja[Event](ctx, c, t)
}

func runLahja[T carried](ctx context.Context, c *child, t *tally) error {
	ep, err := c.run(ctx, receiverName(c.Index))
	if err != nil {
		return err
	}
	_, err = lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[T]) error {
		c.must(t.got(body(e.Data)))
		return nil
	}, c.taking())
	if err != nil {
		return err
	}
	if err := ep.ConnectToEndpoints(ctx, c.config()); err != nil {
		return err
	}
	return c.say(messageReady)
}

// senderName is the endpoint that listens.
const senderName = "sender"

func receiverName(index int) string { return fmt.Sprintf("receiver-%d", index) }

// taking is the handlers' config. They keep nothing of an event, so they may borrow its data.
func (j job) taking() lahja.SubscribeConfig { return lahja.SubscribeConfig{Borrow: j.Borrow} }

func (j job) config() lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: senderName, Address: j.socket()}
}

func answerLahja(ctx context.Context, c *child) error {
	ep, err := c.serve(ctx)
	if err != nil {
		return err
	}
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		c.must(e.Respond(ctx, Pong{Index: e.Data.Index, Payload: e.Data.Payload}))
		return nil
	}, c.taking())
	if err != nil {
		return err
	}
	return c.say(messageListening)
}

func askLahja(ctx context.Context, c *child) (asker, error) {
	ep, err := c.run(ctx, receiverName(0))
	if err != nil {
		return nil, err
	}
	if err := ep.ConnectToEndpoints(ctx, c.config()); err != nil {
		return nil, err
	}
	if err := lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, ep, senderName); err != nil {
		return nil, err
	}
	return func(ctx context.Context, b body) (body, error) {
		e, err := lahja.Request(ctx, ep, Ping{Index: b.Index, Payload: b.Payload})
		return body{Index: e.Data.Index, Payload: e.Data.Payload}, err
	}, nil
}
