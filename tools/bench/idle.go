package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// idleEnds is how many endpoints each of two processes has. Each is connected to all those of
// the other process, so there are many connections between few endpoints, and the cost of the
// endpoints themselves hardly counts.
const idleEnds = 20

func idleCases() []Case { return []Case{{Consumers: idleEnds * idleEnds}} }

// idle measures the memory of idle connections, at both ends. Memory is that of one
// connection, and PerSecond counts connections.
func idle(ctx context.Context, f *fleet, c Case) (Run, error) {
	servers, err := f.start("the servers", f.profiled(c.job("idle-servers"), "servers"))
	if err != nil {
		return Run{}, err
	}
	if _, err := f.expect(ctx, messageListening, servers); err != nil {
		return Run{}, err
	}
	clients, err := f.start("the clients", f.profiled(c.job("idle-clients"), "clients"))
	if err != nil {
		return Run{}, err
	}
	if _, err := f.expect(ctx, messageReady, clients); err != nil {
		return Run{}, err
	}
	return f.measureIdle(ctx, c, clients, servers)
}

// measureIdle compares the memory before and after the clients connect. The servers measure
// theirs once all are connected.
func (f *fleet) measureIdle(ctx context.Context, c Case, clients, servers *process) (Run, error) {
	f.order(orderWarm, clients, servers)
	before, err := f.expect(ctx, messageWarm, clients, servers)
	if err != nil {
		return Run{}, err
	}
	usedBefore, err := f.usage(ctx, orderBegin)
	if err != nil {
		return Run{}, err
	}
	var after []message
	for _, p := range []*process{clients, servers} {
		f.order(orderRun, p)
		done, err := f.expect(ctx, messageDone, p)
		if err != nil {
			return Run{}, err
		}
		after = append(after, done...)
	}
	usedAfter, err := f.usage(ctx, orderEnd)
	if err != nil {
		return Run{}, err
	}
	var r Run
	r.used(usedBefore, usedAfter)
	r.Memory = (after[0].Bytes - before[0].Bytes + after[1].Bytes - before[1].Bytes) / int64(c.Consumers)
	r.Seconds = time.Duration(after[0].Last - after[0].First).Seconds()
	r.PerSecond = float64(c.Consumers) / r.Seconds
	return r, nil
}

func playIdleServers(ctx context.Context, c *child) error {
	for _, config := range c.idleConfigs() {
		if _, err := p2p.ServeEndpoint(ctx, config, nil); err != nil {
			return err
		}
	}
	if err := c.say(messageListening); err != nil {
		return err
	}
	return c.weigh(func() error { return nil })
}

func playIdleClients(ctx context.Context, c *child) error {
	clients := make([]*p2p.Endpoint, idleEnds)
	for i := range clients {
		var err error
		if clients[i], err = p2p.RunEndpoint(ctx, fmt.Sprintf("client-%d", i), nil); err != nil {
			return err
		}
	}
	if err := c.say(messageReady); err != nil {
		return err
	}
	return c.weigh(func() error {
		for _, ep := range clients {
			if err := ep.ConnectToEndpoints(ctx, c.idleConfigs()...); err != nil {
				return err
			}
		}
		return nil
	})
}

// weigh reports this process's memory before and after it calls do.
func (c *child) weigh(do func() error) error {
	for _, p := range c.phases() {
		if err := c.await(p); err != nil {
			return err
		}
		m := message{Kind: p.done, First: c.now()}
		if p.order == orderRun {
			if err := do(); err != nil {
				return err
			}
		}
		m.Last = c.now()
		m.Bytes = settled()
		if err := c.send(m); err != nil {
			return err
		}
	}
	return nil
}

func (j job) idleConfigs() []lahja.ConnectionConfig {
	all := make([]lahja.ConnectionConfig, idleEnds)
	for i := range all {
		name := fmt.Sprintf("server-%d", i)
		all[i] = lahja.ConnectionConfig{Name: name, Address: filepath.Join(j.Dir, name+".ipc")}
	}
	return all
}
