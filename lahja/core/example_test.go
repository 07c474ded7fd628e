package core_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// mailbag is an implementation of lahja.EndpointAPI whose network is a function: Core does the
// rest.
type mailbag struct {
	*core.Core
	post func(to string, event *core.Outgoing, payload []byte)
}

func newMailbag(name string, post func(string, *core.Outgoing, []byte)) *mailbag {
	m := &mailbag{post: post}
	c, err := core.New(core.Config{Name: name, Endpoint: m})
	noError(err)
	m.Core = c
	noError(m.Start())
	return m
}

// Broadcast delivers to the endpoint's own subscribers, and sends to each peer that subscribes.
func (m *mailbag) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	out, err := m.Prepare(ctx, payload, config)
	if err != nil {
		return m.SendFailed(out, "broadcast", payload, err)
	}
	encoded, err := out.Encode()
	if err != nil {
		return m.SendFailed(out, "broadcast", payload, err)
	}
	if out.Local {
		if err := out.DeliverLocal(ctx, false); err != nil {
			return m.SendFailed(out, "broadcast", payload, err)
		}
	}
	for _, peer := range out.Remotes {
		m.post(peer.Name(), out, encoded)
		out.Sent(peer.Name(), len(encoded))
	}
	return nil
}

func (*mailbag) ConnectToEndpoints(context.Context, ...lahja.ConnectionConfig) error { return nil }
func (m *mailbag) Sync(ctx context.Context, _ string) error                          { return m.Core.Sync(ctx) }
func (m *mailbag) Close() error                                                      { m.Core.Close(); return nil }

func (m *mailbag) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	return nil, m.Fail("request", lahja.ErrInvalid, "this example only broadcasts")
}

// An implementation lists its peers, sends what Prepare returns, and delivers what arrives.
func Example() {
	ctx := context.Background()
	receiver := newMailbag("receiver", nil)
	defer receiver.Close()
	sender := newMailbag("sender", func(_ string, event *core.Outgoing, payload []byte) {
		noError(receiver.Deliver(core.Incoming{Type: event.Type.Name, Shape: event.Type.Shape, Origin: "sender", ID: event.ID, Payload: payload}))
	})
	defer sender.Close()

	ticks, err := lahja.NewStream[Tick](receiver)
	noError(err)
	subscriptions, _ := receiver.Own()
	sender.AddPeer(core.RemoteConfig{Name: "receiver", Instance: receiver.Instance(), Subscriptions: subscriptions})

	noError(lahja.Broadcast(ctx, sender, Tick{N: 7}))
	e, err := ticks.Next(ctx)
	fmt.Println(e.Data.N, "from", e.Origin(), err)
	// Output: 7 from sender <nil>
}

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}
