package drivers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Tock is an event that no driver of these tests sends.
type Tock struct{ N int }

func TestVetOfThePlan(t *testing.T) {
	config := lahja.ConnectionConfig{Name: "server", Address: "a"}
	anything := d.Do("anything", func(context.Context, *d.Scope) error { return nil })
	ignore := func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }
	ignoreTock := func(context.Context, *d.Scope, lahja.Event[Tock]) error { return nil }
	ignorePong := func(context.Context, *d.Scope, lahja.Event[Pong]) error { return nil }
	connect := d.ConnectToEndpoints(config)
	pong := func(lahja.Event[Ping]) Pong { return Pong{} }
	serve := func(context.Context, *d.Scope, lahja.Event[Ping]) (Pong, error) { return Pong{}, nil }
	ask := []d.Action{connect, d.WaitUntilAnyEndpointSubscribedTo[Ping](), d.Request(Ping{})}
	await := d.WaitUntilEndpointSubscribedTo[Tick]("server")
	ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
	tick := d.NewSlot[lahja.Event[Tick]]("tick")
	cp := d.Checkpoint
	for name, c := range map[string]struct {
		server, client []d.Action
		want           string
	}{
		"misspelt endpoint": {nil, []d.Action{d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "sevrer"}), d.WaitUntilConnectedTo("sevrer")},
			`names endpoint "sevrer", which no driver opens (did you mean "server"?)`},
		"unheard-of endpoint":           {nil, []d.Action{connect, d.Sync("nobody")}, `names endpoint "nobody", which no driver opens; add a driver that does`},
		"a function may open it":        {[]d.Action{anything}, []d.Action{d.WaitUntilConnectedTo("sevrer")}, ""},
		"declared to be elsewhere":      {nil, []d.Action{d.Opaque(d.WaitUntilConnectedTo("sevrer"))}, ""},
		"declared to be opened":         {[]d.Action{d.Opaque(anything, d.Opens("other"), d.Connects("client"))}, []d.Action{d.WaitUntilConnectedTo("server"), d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "other"})}, ""},
		"declared to be something else": {[]d.Action{d.Opaque(anything, d.Sends[Tick]())}, []d.Action{d.WaitUntilConnectedTo("sevrer")}, `did you mean "server"?`},
		"does not listen":               {[]d.Action{d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "client"})}, nil, "begin its driver with ServeEndpoint"},
		"nobody connects":               {[]d.Action{d.WaitUntilConnectedTo("client")}, nil, "waits for a connection that no driver makes"},
		"the other connects":            {[]d.Action{d.WaitUntilConnectedTo("client")}, []d.Action{connect}, ""},

		"nobody sends": {[]d.Action{d.WaitFor[Tock]()}, []d.Action{connect, await, d.Background("x", d.WaitFor[Tick]()), d.WaitAnyThenBroadcast(Tick{})},
			`waits for Tock, which no driver sends to it (did you mean "Tick"?)`},
		"nobody sends to a stream": {[]d.Action{d.Stream(ticks), d.NextFrom(ticks)}, nil, "waits for Tick, which no driver sends to it; add a driver that does"},
		"nobody asks":              {[]d.Action{d.ServeRequest(pong)}, nil, "waits for Ping, which no driver sends to it"},
		"nobody answers":           {nil, []d.Action{connect, d.Request(Ping{})}, "sends Ping, to which no driver subscribes"},
		"nobody subscribes":        {nil, []d.Action{connect, d.Broadcast(Tick{})}, "sends Tick, to which no driver subscribes"},
		"nobody need subscribe":    {nil, []d.Action{connect, d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})}, ""},
		"nobody will subscribe":    {nil, []d.Action{connect, await}, "waits for a subscription to Tick, and its driver does not subscribe to it"},
		"somebody else subscribes": {nil, []d.Action{connect, d.Background("x", d.WaitFor[Tick]()), d.Cancel("x"), await}, "and its driver does not subscribe to it"},
		"only others are filtered": {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.WaitAnyThenBroadcast(Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}})},
			"waits for Tick, which no driver sends to it"},
		"a handler may send": {[]d.Action{d.Broadcast(Tock{}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.WaitFor[Tick]()},
			[]d.Action{connect, d.Subscribe(ignoreTock)}, ""},
		"a handler of what nobody sends":  {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.Subscribe(ignore)}, "waits for Tick"},
		"a function may send":             {[]d.Action{d.WaitFor[Tick](), anything}, []d.Action{connect, anything}, ""},
		"a function may send meanwhile":   {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.Background("x", anything)}, ""},
		"a function of a request":         {[]d.Action{d.ServeRequests(pong), d.WaitFor[Tick]()}, []d.Action{connect, d.WaitUntilAnyEndpointSubscribedTo[Ping](), d.Request(Ping{}).Then(ignorePong)}, ""},
		"a function comes too late":       {[]d.Action{d.WaitFor[Tick](), anything}, []d.Action{connect}, "waits for Tick"},
		"a function of what never comes":  {[]d.Action{d.WaitFor[Tick]().Then(ignore)}, []d.Action{connect}, "waits for Tick"},
		"a function behind a checkpoint":  {[]d.Action{d.WaitFor[Tick](), cp("a")}, []d.Action{connect, cp("a"), anything}, "waits for Tick"},
		"a function behind a misspelling": {nil, []d.Action{d.WaitUntilConnectedTo("sevrer"), anything}, `did you mean "server"?`},
		"a function behind a connection":  {[]d.Action{d.WaitUntilConnectedTo("client"), anything}, nil, "waits for a connection that no driver makes"},
		"a function behind a request":     {nil, []d.Action{connect, d.Request(Ping{}).Then(ignorePong), anything}, "sends Ping, to which no driver subscribes"},
		"a function behind a wait":        {[]d.Action{anything}, []d.Action{connect, await, anything}, ""},
		"functions behind a wait":         {[]d.Action{d.WaitFor[Tock](), anything}, []d.Action{connect, await, anything}, "waits for Tock"},
		"a slot sends nothing":            {[]d.Action{d.WaitFor[Tick]().Into(tick)}, []d.Action{connect}, "waits for Tick"},
		"declared to send":                {[]d.Action{d.WaitFor[Tick]()}, []d.Action{connect, d.Opaque(anything, d.Sends[Tick]())}, ""},
		"expected to fail":                {nil, []d.Action{connect, d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers), d.Throws(d.Within(time.Millisecond, d.WaitFor[Tock]()), context.DeadlineExceeded)}, ""},
		"nothing that could come":         {[]d.Action{d.ReceivesNothing[Tick]()}, []d.Action{connect}, "cannot fail: no driver sends Tick to anybody; send one that it must not receive"},
		"a handler of what is not asked":  {[]d.Action{d.ReceivesNothing[Tick](), d.Subscribe(ignoreTock)}, []d.Action{connect}, "cannot fail: no driver sends Tick to anybody"},
		"a handler that may send": {[]d.Action{d.Subscribe(ignoreTock), d.ReceivesNothing[Tick]()},
			[]d.Action{connect, d.WaitUntilAnyEndpointSubscribedTo[Tock](), d.Broadcast(Tock{})}, ""},
		"a Serve that may send":  {[]d.Action{d.Serve(serve), d.ReceivesNothing[Tock]()}, ask, ""},
		"a Serve of no requests": {[]d.Action{d.Serve(serve), d.ReceivesNothing[Tock]()}, []d.Action{connect}, "cannot fail: no driver sends Tock"},
		"a Serve declared to answer alone": {[]d.Action{d.Opaque(d.Serve(serve), d.Subscribes[Ping](), d.Sends[Pong]()), d.ReceivesNothing[Tock]()},
			ask, "cannot fail: no driver sends Tock"},
		"an answer that is computed": {[]d.Action{d.ServeRequests(pong), d.ReceivesNothing[Tock]()}, ask, "cannot fail: no driver sends Tock"},
		"not even once":              {[]d.Action{d.Collect[Tock](0), d.Repeat(0, d.WaitFor[Tock]())}, nil, ""},

		"after a close":      {nil, []d.Action{connect, d.CloseEndpoint(), d.WaitUntilConnectedTo("server")}, "comes after CloseEndpoint() ("},
		"after a shutdown":   {nil, []d.Action{d.Sequence(d.ShutdownEndpoint()), connect}, "put RestartEndpoint() between them"},
		"after a restart":    {nil, []d.Action{d.CloseEndpoint(), d.RestartEndpoint(), connect}, ""},
		"closed meanwhile":   {nil, []d.Action{d.Background("x", d.CloseEndpoint()), connect}, ""},
		"expected of closed": {nil, []d.Action{d.CloseEndpoint(), d.Throws(connect, lahja.ErrLifecycle)}, ""},

		"opposite orders":     {[]d.Action{cp("a"), cp("b")}, []d.Action{cp("b"), cp("a")}, `in opposite orders: server waits at "a" for client, client waits at "b" for server`},
		"one round too few":   {[]d.Action{cp("a"), cp("a")}, []d.Action{cp("a")}, "waits for driver client, which arrives there once and this driver 2 times"},
		"rounds":              {[]d.Action{cp("a"), cp("a"), cp("a")}, []d.Action{d.Repeat(3, cp("a"))}, ""},
		"too few rounds":      {[]d.Action{cp("a"), cp("a"), cp("a")}, []d.Action{d.Repeat(2, cp("a"))}, "arrives there 2 times and this driver 3 times"},
		"beside each other":   {[]d.Action{cp("a"), cp("b")}, []d.Action{d.Parallel(cp("b"), cp("a"))}, ""},
		"in the background":   {[]d.Action{cp("a"), cp("b")}, []d.Action{d.Background("x", cp("b")), cp("a")}, ""},
		"orders that are so":  {[]d.Action{d.Opaque(cp("a")), cp("b")}, []d.Action{cp("b"), cp("a")}, ""},
		"broken and expected": {[]d.Action{d.Throws(cp("a"), lahja.ErrLifecycle), cp("b")}, []d.Action{cp("b"), cp("a")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := d.Scenario{Name: "s"}.Vet([]*d.Driver{d.New(d.ServeEndpoint(config), c.server...), d.New(d.RunEndpoint("client"), c.client...)})
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v, want nothing", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "vet_test.go:")):
				t.Errorf("got %v, want it to contain %q and the line", err, c.want)
			case err != nil && strings.Contains(err.Error(), "\n"):
				t.Errorf("got %v, want one cause", err)
			}
		})
	}
}
