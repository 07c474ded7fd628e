package plans

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// driverCode is a driver with the Go source that makes it.
type driverCode struct {
	endpoint Endpoint
	actions  []code
}

// builder makes the drivers of a plan together with their source, so that the two cannot differ.
type builder struct {
	model   *model
	env     *drivers.Env // nil if only the source is wanted
	drivers []*driverCode
	slots   []string // their declarations
	values  map[int]any
	ends    map[int]*drivers.Slot[*lahja.Subscription]
}

func (p Plan) build(env *drivers.Env) *builder {
	b := &builder{model: newModel(p.Endpoints), env: env, values: map[int]any{}, ends: map[int]*drivers.Slot[*lahja.Subscription]{}}
	for _, e := range p.Endpoints {
		b.drivers = append(b.drivers, &driverCode{endpoint: e})
	}
	for i, phase := range p.Phases {
		b.phase(i+1, phase)
		if len(phase.Sends) > 0 && i+1 < len(p.Phases) {
			b.meet(fmt.Sprintf("looked %d", i+1))
		}
	}
	return b
}

// Drivers builds the drivers of the plan.
func (p Plan) Drivers(env *drivers.Env) []*drivers.Driver {
	var all []*drivers.Driver
	for _, d := range p.build(env).drivers {
		initializer := drivers.RunEndpoint(d.endpoint.Name)
		if d.endpoint.Serves {
			initializer = drivers.ServeEndpoint(env.Config(d.endpoint.Name))
		}
		actions := make([]drivers.Action, len(d.actions))
		for i, c := range d.actions {
			actions[i] = c.action
		}
		all = append(all, drivers.New(initializer, actions...))
	}
	return all
}

func (b *builder) phase(number int, p Phase) {
	meet := func(what string) { b.meet(fmt.Sprintf("%s %d", what, number)) }
	if p.Restart != "" || p.Leave != "" {
		b.end(p)
		meet("ended")
	}
	if len(p.Connect) > 0 {
		b.connect(p.Connect)
		meet("connected")
	}
	if len(p.Changes) > 0 {
		b.change(p.Changes)
		meet("changed")
	}
	if len(p.Sends) > 0 {
		answered := b.send(p)
		meet("sent")
		if answered {
			// What handlers answered to a broadcast was sent after the senders were done.
			b.sync()
			meet("answered")
		}
		b.sync()
		meet("synced")
		b.look()
	}
}

// add adds actions to the driver of an endpoint.
func (b *builder) add(endpoint string, actions ...code) {
	for _, d := range b.drivers {
		if d.endpoint.Name == endpoint {
			d.actions = append(d.actions, actions...)
			return
		}
	}
	panic(fmt.Sprintf("plans: the plan has no endpoint %q", endpoint))
}

// each adds actions to all drivers whose endpoints still exist.
func (b *builder) each(actions func(endpoint string) []code) {
	for _, d := range b.drivers {
		if !b.model.gone[d.endpoint.Name] {
			d.actions = append(d.actions, actions(d.endpoint.Name)...)
		}
	}
}

// meet lines all drivers up, including those of closed endpoints, so that the run continues.
func (b *builder) meet(name string) {
	for _, d := range b.drivers {
		d.actions = append(d.actions, codef(drivers.Checkpoint(name), "drivers.Checkpoint(%q)", name))
	}
}

// end restarts or closes an endpoint while its peers wait for that.
func (b *builder) end(p Phase) {
	if p.Restart != "" {
		b.leave(p.Restart, codef(drivers.RestartEndpoint(), "drivers.RestartEndpoint()"))
	}
	if p.Leave != "" {
		b.leave(p.Leave, codef(drivers.CloseEndpoint(), "drivers.CloseEndpoint()"))
		b.model.gone[p.Leave] = true
	}
}

func (b *builder) leave(name string, how code) {
	b.add(name, how)
	for _, peer := range b.model.peers(name) {
		b.add(peer, codef(drivers.WaitUntilDisconnectedFrom(name), "drivers.WaitUntilDisconnectedFrom(%q)", name))
	}
	b.model.drop(name)
}

func (b *builder) connect(links []Link) {
	dialled := map[string][]string{}
	for _, l := range links {
		dialled[l.From] = append(dialled[l.From], l.To)
		b.model.connect(l)
	}
	for _, d := range b.drivers {
		if to := dialled[d.endpoint.Name]; len(to) > 0 {
			b.add(d.endpoint.Name, codef(drivers.ConnectToEndpoints(b.configs(to)...), "drivers.ConnectToEndpoints(%s)", configSources(to)))
		}
	}
	for _, l := range links {
		b.add(l.To, codef(drivers.WaitUntilConnectedTo(l.From), "drivers.WaitUntilConnectedTo(%q)", l.From))
	}
}

func (b *builder) configs(names []string) []lahja.ConnectionConfig {
	if b.env == nil {
		return make([]lahja.ConnectionConfig, len(names))
	}
	return b.env.Configs(names...)
}

func configSources(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("env.Config(%q)", name)
	}
	return strings.Join(all, ", ")
}

// change changes subscriptions and waits until all endpoints know.
func (b *builder) change(steps []Step) {
	for _, s := range steps {
		b.add(s.Endpoint, b.changeOf(s)...)
		b.model.change(s)
	}
	b.each(func(name string) []code {
		peers := b.model.peers(name)
		return []code{codef(drivers.WaitUntilSubscriptionsKnown(), "drivers.WaitUntilSubscriptionsKnown()"),
			codef(drivers.ConnectedEndpointsAre(peers...), "drivers.ConnectedEndpointsAre(%s)", quoted(peers))}
	})
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(all, ", ")
}

func (b *builder) changeOf(s Step) []code {
	e := eventNamed(s.Event)
	name := slotName(s.Event, s.Slot)
	switch s.Does {
	case OpenStream:
		return []code{e.open(b.declare(e, s), name)}
	case CloseStream:
		return []code{e.close(b.values[s.Slot], name)}
	case Subscribe:
		end := drivers.NewSlot[*lahja.Subscription](name + "End")
		b.ends[s.Slot] = end
		handled := b.declare(e, s)
		b.slots = append(b.slots, fmt.Sprintf("%s := drivers.NewSlot[*lahja.Subscription](%q)", end, end))
		return []code{e.subscribe(handled, end, name)}
	case Unsubscribe:
		return []code{codef(drivers.Unsubscribe(b.ends[s.Slot]), "drivers.Unsubscribe(%s)", b.ends[s.Slot])}
	case Serve:
		return []code{e.serve(s.Endpoint)}
	}
	panic(fmt.Sprintf("plans: %q is no change", s.Does))
}

func slotName(event string, number int) string {
	return fmt.Sprintf("%s%d", strings.ToLower(event), number)
}

func (b *builder) declare(e event, s Step) any {
	value, source := e.slot(s.Does, slotName(s.Event, s.Slot))
	b.values[s.Slot] = value
	b.slots = append(b.slots, source)
	return value
}

func (b *builder) sync() {
	b.each(func(string) []code { return []code{codef(drivers.Sync(), "drivers.Sync()")} })
}

// send makes all endpoints send, and reports whether there are answers that nobody waits for.
func (b *builder) send(p Phase) (answered bool) {
	sends := map[string][]code{}
	for _, s := range p.Sends {
		sends[s.Endpoint] = append(sends[s.Endpoint], b.sendOf(s))
		answered = answered || s.Does == Broadcast && answerOf(s.Event) != ""
		if s.Does == Broadcast || s.Does == Request {
			b.model.send(s)
		}
	}
	for _, d := range b.drivers {
		all := sends[d.endpoint.Name]
		if len(all) > 1 && slices.Contains(p.Parallel, d.endpoint.Name) {
			all = []code{inParallel(all)}
		}
		d.actions = append(d.actions, all...)
	}
	return answered
}

func inParallel(all []code) code {
	actions, sources := make([]drivers.Action, len(all)), make([]string, len(all))
	for i, c := range all {
		actions[i], sources[i] = c.action, c.source
	}
	return codef(drivers.Parallel(actions...), "drivers.Parallel(\n%s)", strings.Join(sources, ",\n"))
}

func (b *builder) sendOf(s Step) code {
	switch s.Does {
	case Reconnect:
		return codef(drivers.Throws(drivers.ConnectToEndpoints(b.configs(s.To)...), lahja.ErrConnectionAttemptRejected),
			"drivers.Throws(drivers.ConnectToEndpoints(%s), lahja.ErrConnectionAttemptRejected)", configSources(s.To))
	case Ask:
		subscribed := eventNamed(s.Event).subscribed(s.To[0])
		if b.model.subscribes(s.To[0], s.Event) {
			return subscribed
		}
		return codef(drivers.DoesNotHold(subscribed.action), "drivers.DoesNotHold(%s)", subscribed.source)
	}
	_, refused := b.model.receivers(s)
	e := eventNamed(s.Event)
	switch {
	case s.Does == Broadcast && refused:
		return e.refused(s)
	case s.Does == Broadcast:
		return e.broadcast(s)
	case refused:
		return e.unheard(s)
	}
	return e.request(s, b.model.server(s))
}

// look takes and checks everything that arrived in every slot.
func (b *builder) look() {
	for _, s := range b.model.slots {
		if s.does == Serve {
			continue
		}
		b.add(s.endpoint, eventNamed(s.event).look(s.does, b.values[s.number], slotName(s.event, s.number), s.got))
		if s.does == OpenStream {
			s.got = map[string][]int{} // It has been emptied.
		}
	}
}
