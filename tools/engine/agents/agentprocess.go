package agents

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/engine/agents/internal/stream"
	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// agentProcess is a driver's process on the agent's machine, with what is sent to and fro.
type agentProcess struct {
	agent *agent
	// started is closed when the process has been started, or failed to.
	started chan struct{}
	failed  error

	hosted *relay.Hosted
	out    stream.Sender
	in     *nats.Subscription
	order  stream.Order
	inKey  stream.Key
}

func (p *agentProcess) launch(ctx context.Context, run *agentRun, o startOrder) (err error) {
	secret, err := p.agent.key.Open(o.Secret, o.ParentKey)
	if err == nil {
		p.out.Key, p.inKey, err = stream.Secret(secret).AtProcess()
	}
	if err != nil {
		return fmt.Errorf("the order's secret cannot be read: %w", err)
	}
	conn := p.agent.conn
	p.out.Exchange = func(ctx context.Context, raw []byte) error { return exchange(ctx, conn, o.Reply, raw) }
	say := func(data []byte) error { return p.out.Send(run.parent, data) }
	if p.hosted, err = relay.Start(ctx, run.placement, run.dir, o.Order, say); err != nil {
		return err
	}
	p.in, err = conn.Subscribe(inSubject(o.Agent, o.Process), func(m *nats.Msg) {
		if reply := p.take(m.Data); m.Reply != "" {
			_ = m.Respond(reply) // Whoever sent it sends it again where no answer arrives.
		}
	})
	if err != nil {
		p.hosted.End()
		return fmt.Errorf("take in what the process is sent: %w", err)
	}
	return nil
}

// take hands on what the parent has sent.
func (p *agentProcess) take(raw []byte) []byte {
	m, err := p.inKey.Open(raw)
	fresh := false
	if err == nil {
		fresh, err = p.order.Next(m.Number)
	}
	if fresh {
		_, _ = p.hosted.Write(m.Data) // If the process has gone, its end says so.
	}
	if err != nil {
		return []byte(err.Error())
	}
	return nil
}

func (p *agentProcess) do(ctx context.Context, r relay.Request) (relay.Answer, error) {
	if <-p.started; p.failed != nil {
		return relay.Answer{}, p.failed
	}
	if r.Op == relay.OpClean {
		defer p.deafen()
	}
	return p.hosted.Do(ctx, r)
}

// deafen takes in no more. If the connection has gone, so has the subscription.
func (p *agentProcess) deafen() { _ = p.in.Unsubscribe() }

// finish ends the process if it has not ended, and all that it has left behind.
func (p *agentProcess) finish() {
	if <-p.started; p.failed == nil {
		p.hosted.End()
		p.deafen()
	}
}
