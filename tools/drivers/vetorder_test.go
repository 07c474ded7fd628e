package drivers_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

func TestVetOfTheOrder(t *testing.T) {
	config := lahja.ConnectionConfig{Name: "server", Address: "a"}
	connect, cp := d.ConnectToEndpoints(config), d.Checkpoint
	ignore := func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }
	anything := d.Do("anything", func(context.Context, *d.Scope) error { return nil })
	pong := func(lahja.Event[Ping]) Pong { return Pong{} }
	ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
	subscribe, send := d.Subscribe(ignore), d.Broadcast(Tick{})
	const lucky = "may come before driver server has subscribed to Tick"
	for name, c := range map[string]struct {
		server, client []d.Action
		want           string
	}{
		"at once":                         {[]d.Action{subscribe}, []d.Action{connect, send}, lucky},
		"to who waits once":               {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, send}, lucky},
		"to a stream":                     {[]d.Action{d.Stream(ticks), d.NextFrom(ticks)}, []d.Action{connect, send}, lucky},
		"a request":                       {[]d.Action{d.ServeRequests(pong)}, []d.Action{connect, d.Request(Ping{})}, "may come before driver server has subscribed to Ping"},
		"a checkpoint before waiting":     {[]d.Action{cp("x"), d.WaitFor[Tick]()}, []d.Action{connect, cp("x"), send}, lucky},
		"a checkpoint before subscribing": {[]d.Action{cp("x"), subscribe}, []d.Action{connect, cp("x"), send}, lucky},
		"the peer is not told yet":        {[]d.Action{cp("x"), subscribe, cp("y")}, []d.Action{connect, cp("x"), cp("y"), send}, lucky},
		"another round":                   {[]d.Action{cp("x"), subscribe, d.WaitUntilSubscriptionsKnown(), cp("x")}, []d.Action{connect, cp("x"), send, cp("x")}, lucky},
		"the wait comes after":            {[]d.Action{subscribe}, []d.Action{connect, send, d.WaitUntilAnyEndpointSubscribedTo[Tick]()}, lucky},
		"it waits beside":                 {[]d.Action{d.Background("x", d.WaitFor[Tick]()), cp("x")}, []d.Action{connect, cp("x"), send}, lucky},

		"waits for it":          {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.WaitUntilEndpointSubscribedTo[Tick]("server"), send}, ""},
		"waits for all":         {[]d.Action{subscribe}, []d.Action{connect, d.WaitUntilAllEndpointsSubscribedTo[Tick](false), send}, ""},
		"in one":                {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.WaitAnyThenBroadcast(Tick{})}, ""},
		"connects afterwards":   {[]d.Action{subscribe, cp("x")}, []d.Action{cp("x"), connect, send}, ""},
		"the peer is told":      {[]d.Action{subscribe, d.WaitUntilSubscriptionsKnown(), cp("x")}, []d.Action{connect, cp("x"), send}, ""},
		"the peer was heard":    {[]d.Action{d.WaitUntilConnectedTo("client"), subscribe, d.Broadcast(Tock{}, lahja.BroadcastConfig{AllowNoSubscribers: true})}, []d.Action{connect, d.WaitFor[Tock](), send}, ""},
		"its own":               {nil, []d.Action{subscribe, send}, ""},
		"nobody need":           {[]d.Action{subscribe}, []d.Action{connect, d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})}, ""},
		"it may fail":           {[]d.Action{subscribe}, []d.Action{connect, d.Throws(send, lahja.ErrNoSubscribers)}, ""},
		"a function may wait":   {[]d.Action{subscribe}, []d.Action{connect, anything, send}, ""},
		"a function beside":     {[]d.Action{subscribe, d.Background("x", anything)}, []d.Action{connect, send}, ""},
		"declared":              {[]d.Action{subscribe}, []d.Action{connect, d.Opaque(send)}, ""},
		"after the right round": {[]d.Action{cp("x"), subscribe, d.WaitUntilSubscriptionsKnown(), cp("x")}, []d.Action{connect, cp("x"), cp("x"), send}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := d.Scenario{Name: "s"}.Vet([]*d.Driver{d.New(d.ServeEndpoint(config), c.server...), d.New(d.RunEndpoint("client"), c.client...)})
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v, want nothing", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "wait for the subscription before it")):
				t.Errorf("got %v, want it to contain %q and what to do", err, c.want)
			}
		})
	}
}
