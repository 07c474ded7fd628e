package agents

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/engine/agents/internal/stream"
	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// placement is where the drivers of one run are.
type placement struct {
	launcher *launcher
	conn     *nats.Conn
	run      string
	key      nkeys.KeyPair // of the run; it seals secrets for the agents
	at       []*remote     // by driver
	agents   map[string]*remote
}

// greet measures the clocks of the agents, takes the places of the run, and begins to look after the
// agents. Runs take places in the same order, so that none waits for one that waits for it.
func (p *placement) greet(ctx context.Context) error {
	var measuring sync.WaitGroup
	failed := make(chan error, len(p.agents))
	for _, r := range p.agents {
		measuring.Go(func() { failed <- r.measure(ctx) })
	}
	measuring.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	until := time.Now().Add(roomWait)
	for _, id := range slices.Sorted(maps.Keys(p.agents)) {
		if err := p.agents[id].take(ctx, until); err != nil {
			return err
		}
		go p.agents[id].watch() // It renews the run's lease there.
	}
	return nil
}

// validity is how long an order counts.
const validity = time.Minute

// Start implements subprocess.Placement.
func (p *placement) Start(ctx context.Context, spec subprocess.Spec) (subprocess.Process, error) {
	at := p.at[spec.Driver]
	c := &carrier{remote: at, id: rand.Text()}
	c.process = relay.NewProcess(c, spec, at.info.Ahead, at.info.Uncertain)
	inbox := p.conn.NewInbox()
	c.out.Exchange = func(ctx context.Context, raw []byte) error {
		ctx, release := at.over(ctx)
		defer release()
		return at.unlessGone(exchange(ctx, p.conn, inSubject(at.info.ID, c.id), raw))
	}
	order, err := p.order(c, spec, inbox)
	if err != nil {
		return nil, err
	}
	c.in, err = p.conn.Subscribe(inbox, c.take)
	if err != nil {
		return nil, fmt.Errorf("agents: listen to a process: %w", err)
	}
	r := at.order(opStart)
	r.Process, r.Order = c.id, order
	started, err := call(ctx, p.conn, at.info.ID, r)
	if err != nil {
		return nil, errors.Join(err, c.in.Unsubscribe())
	}
	c.process.Started(at.info.Host, at.info.Address, started.Answer)
	at.add(c.process)
	return c.process, nil
}

// order is the signed order to start a process. What crosses its control connection is sealed from
// here on.
func (p *placement) order(c *carrier, spec subprocess.Spec, inbox string) (*signed, error) {
	at, secret := c.remote, stream.NewSecret()
	o := startOrder{Order: relay.OrderOf(spec), Agent: at.info.ID, Run: p.run, Process: c.id, Program: p.launcher.builds[at.info.Platform].sum,
		Reply: inbox, Expires: time.Now().Add(at.info.Ahead + validity), AgentKey: at.info.Key}
	if o.AgentKey == "" {
		return nil, fmt.Errorf("agents: %s says no key for which to seal launch parameters: it is of another version", at.info)
	}
	var err error
	if c.out.Key, c.inKey, err = secret.AtParent(); err == nil {
		o.ParentKey, err = p.key.PublicKey()
	}
	if err == nil {
		o.Secret, err = p.key.Seal(secret, o.AgentKey)
	}
	if err != nil {
		return nil, fmt.Errorf("agents: seal a secret for %s: %w", at.info, err)
	}
	return sign(o, p.launcher.options.Key)
}

// Close implements subprocess.Placement. What was left behind, Clean has told.
func (p *placement) Close() []string {
	var closing sync.WaitGroup
	for _, r := range p.agents {
		closing.Go(r.close)
	}
	closing.Wait()
	return nil
}
