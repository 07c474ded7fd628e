package drivers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

func TestStuck(t *testing.T) {
	config := lahja.ConnectionConfig{Name: "server", Address: "a"}
	anything := d.Do("anything", func(context.Context, *d.Scope) error { return nil })
	ignore := func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }
	tick := d.NewSlot[lahja.Event[Tick]]("tick")
	send := d.WaitAnyThenBroadcast(Tick{})
	wait := d.WaitFor[Tick]()
	const ended, crashed = -1, -2
	// The server waits for an event of the client at its last action.
	for name, c := range map[string]struct {
		server, client []d.Action
		at             int // the client's action
		want           string
	}{
		"the sender has ended":               {[]d.Action{wait}, []d.Action{send}, ended, "no driver can send Tick to it any more: client has ended"},
		"the sender is past it":              {[]d.Action{wait}, []d.Action{send, d.WaitFor[Tock]()}, 2, "no driver can send"},
		"the sender is to come":              {[]d.Action{wait}, []d.Action{d.Sleep(time.Minute), send}, 1, ""},
		"the sender is at it":                {[]d.Action{wait}, []d.Action{send}, 1, ""},
		"the sender is stuck":                {[]d.Action{wait}, []d.Action{d.WaitFor[Tock](), send}, 1, "no driver can send"},
		"the sender waits for something":     {[]d.Action{d.Broadcast(Tock{}), wait}, []d.Action{d.WaitFor[Tock](), send}, 1, ""},
		"the sender has a background":        {[]d.Action{wait}, []d.Action{d.Background("x", send), d.Sleep(time.Minute)}, 2, ""},
		"a slot keeps it":                    {[]d.Action{d.WaitFor[Tick]().Into(tick)}, []d.Action{send}, ended, "no driver can send"},
		"its function may be running":        {[]d.Action{d.WaitFor[Tick]().Then(ignore)}, []d.Action{send}, ended, ""},
		"a function ran before":              {[]d.Action{anything, wait}, []d.Action{send}, ended, ""},
		"a function ran elsewhere":           {[]d.Action{wait}, []d.Action{send, anything, d.WaitFor[Tock]()}, 3, ""},
		"a function ran and its driver left": {[]d.Action{wait}, []d.Action{send, anything}, ended, "no driver can send"},
		"somebody lives elsewhere":           {[]d.Action{wait}, []d.Action{d.Opaque(d.Sleep(0)), send}, ended, ""},
		"a handler may be running":           {[]d.Action{d.Subscribe(ignore), wait}, []d.Action{send}, ended, ""},
		"a function comes later":             {[]d.Action{wait}, []d.Action{send, d.WaitFor[Tock](), anything}, 2, "no driver can send"},
		"a driver is paused":                 {[]d.Action{wait}, []d.Action{d.Paused("server", d.WaitFor[Tock]()), send}, 1, ""},
		"it is meant to fail":                {[]d.Action{d.Throws(wait, context.DeadlineExceeded)}, []d.Action{send}, ended, ""},
		"it waits for a checkpoint":          {[]d.Action{d.Checkpoint("x")}, []d.Action{d.Checkpoint("x")}, ended, ""},
		"in each round":                      {[]d.Action{d.Repeat(2, wait)}, []d.Action{send}, ended, "no driver can send"},
		"subscribers have ended":             {[]d.Action{d.WaitUntilAnyEndpointSubscribedTo[Tick]()}, []d.Action{wait}, ended, "no driver can subscribe to Tick any more: client has ended"},
		"a driver has crashed":               {[]d.Action{d.WaitUntilDisconnectedFrom("client")}, []d.Action{d.Crash()}, crashed, ""},
		"a subscriber lives":                 {[]d.Action{d.WaitUntilAnyEndpointSubscribedTo[Tick]()}, []d.Action{d.Subscribe(tick.Save), d.Sleep(time.Minute)}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			all := []*d.Driver{d.New(d.ServeEndpoint(config), c.server...), d.New(d.RunEndpoint("client"), c.client...)}
			at := []d.Stand{stand(c.server, len(c.server)), {Ended: true}}
			switch c.at {
			case ended:
			case crashed: // It has ended where it stands.
				at[1] = stand(c.client, len(c.client))
				at[1].Ended = true
			default:
				at[1] = stand(c.client, c.at)
			}
			got := d.Stuck(all, at)
			switch {
			case c.want == "" && got != nil:
				t.Errorf("got %v, want nothing", got)
			case c.want != "" && (got == nil || !strings.Contains(got.Message, c.want)):
				t.Errorf("got %v, want it to contain %q", got, c.want)
			}
			for i := range at { // Another process tells only the text.
				if at[i].Action != nil {
					at[i].Action = engine.Text(at[i].Action.String())
				}
			}
			if again := d.Stuck(all, at); (again == nil) != (got == nil) {
				t.Errorf("got %v of processes, and %v of goroutines", again, got)
			}
		})
	}
}

// stand is where a driver stands at an action, or at the first of those that it is made of.
func stand(actions []d.Action, index int) d.Stand {
	a := actions[index-1]
	for {
		inner, ok := a.(interface{ Inner() []d.Action })
		if !ok || len(inner.Inner()) == 0 {
			return d.Stand{Index: index, Action: fmt.Stringer(a)}
		}
		a = inner.Inner()[0]
	}
}
