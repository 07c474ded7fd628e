package bench

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// locals are the ways in which systems carry events to subscribers in the same process. Each
// opens the sender's end, with one receiver per tally.
var locals = map[string]func(ctx context.Context, c *child, to []*tally) (outlet, error){
	Lahja:    openLocalLahja,
	Channels: openChannels,
}

func localCases() []Case {
	return []Case{{Payload: 100, Consumers: DefaultConsumers, Events: 100_000}}
}

// local measures a broadcast to subscribers of the same endpoint.
func local(ctx context.Context, f *fleet, c Case) (Run, error) {
	r, err := alone("local")(ctx, f, c)
	r.SentPerSecond = r.PerSecond
	r.PerSecond *= float64(c.Consumers)
	return r, err
}

func playLocal(ctx context.Context, c *child) error {
	open, err := find(locals, c, "send within a process")
	if err != nil {
		return err
	}
	received := make(chan message, c.Consumers)
	tallies := make([]*tally, c.Consumers)
	for i := range tallies {
		tallies[i] = newTally(c, func(m message) error { received <- m; return nil })
	}
	out, err := open(ctx, c, tallies)
	if err != nil {
		return err
	}
	return c.sendPhases(ctx, out, func(m *message) {
		m.Latency = newLatency()
		for range tallies {
			one := <-received
			m.Last = max(m.Last, one.Last)
			m.Latency.merge(one.Latency)
		}
	})
}

func openLocalLahja(ctx context.Context, c *child, to []*tally) (outlet, error) {
	ep, err := p2p.RunEndpoint(ctx, senderName, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range to {
		_, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Event]) error {
			c.must(t.got(body(e.Data)))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return lahjaOutlet[Event]{ep}, nil
}

// channelBuffer is how many events a channel holds: enough that a slow receiver does not stop
// the sender at once.
const channelBuffer = 1024

type channels []chan body

func openChannels(_ context.Context, c *child, to []*tally) (outlet, error) {
	var all channels
	for _, t := range to {
		events := make(chan body, channelBuffer)
		all = append(all, events)
		go func() {
			for b := range events {
				c.must(t.got(b))
			}
		}()
	}
	return all, nil
}

func (all channels) send(_ context.Context, b body) error {
	for _, events := range all {
		events <- b
	}
	return nil
}

func (channels) flush(context.Context) error { return nil }
