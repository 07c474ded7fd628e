package agents

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/engine/agents/internal/stream"
	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// carrier takes messages to a process on an agent's machine, and from it. It implements
// relay.Carrier.
type carrier struct {
	remote  *remote
	id      string
	process *relay.Process
	out     stream.Sender
	in      *nats.Subscription
	order   stream.Order
	inKey   stream.Key
}

// take takes in what the agent sends of the process.
func (c *carrier) take(m *nats.Msg) {
	message, err := c.inKey.Open(m.Data)
	fresh := false
	if err == nil {
		fresh, err = c.order.Next(message.Number)
	}
	if err != nil {
		c.process.Lose(err)
	} else if fresh {
		err = c.process.Take(message.Data)
	}
	var reply []byte
	if err != nil {
		reply = []byte(err.Error())
	}
	// Whoever sent it sends it again where no answer arrives.
	_ = m.Respond(reply)
}

// Call implements relay.Carrier.
func (c *carrier) Call(ctx context.Context, r relay.Request) (relay.Answer, error) {
	ctx, release := c.remote.over(ctx)
	defer release()
	a, err := call(ctx, c.remote.conn, c.remote.info.ID, request{Request: r, Run: c.remote.run, Process: c.id})
	return a.Answer, c.remote.unlessGone(err)
}

// Send implements relay.Carrier.
func (c *carrier) Send(data []byte) error { return c.out.Send(context.Background(), data) }

// Close implements relay.Carrier. If the connection has gone, so has the subscription.
func (c *carrier) Close() { _ = c.in.Unsubscribe() }
