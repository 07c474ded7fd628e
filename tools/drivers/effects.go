package drivers

import (
	"context"
	"reflect"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/lahja"
)

// effects is what an action does to endpoints and events, as far as the plan shows it.
type effects struct {
	sends []sending
	// subscribes are types that the endpoint subscribes to from now on; takes those that
	// it subscribes to while it waits for an event of them.
	subscribes, takes []event
	// pulls are types of which it waits for an event in a stream opened before.
	pulls []event
	// awaits are subscriptions that it waits for.
	awaits []awaited
	// asks are what it asks about without waiting: subscriptions, or connections, with no event.
	asks []awaited
	// covers are types of which all subscriptions are known when it is done.
	covers []event
	// meets says that it waits until it is connected to those it names.
	meets bool
	// opens are endpoints that it opens, and joins those that it connects to, besides
	// what its arguments say.
	opens, joins []string
	// calls says that it runs a function of the user's, which may do anything; handles
	// that such functions run later, in bus handlers.
	calls, handles bool
	// restarts says that it starts a driver again, which then does what this plan does not show.
	restarts bool
	// open says that it fails on a closed endpoint; closes and reopens what it does to it.
	open, closes, reopens bool
	// refuses are types of which it expects no event.
	refuses []event
	// tells says that when it is done the peers know all subscriptions made before.
	tells bool
}

// sending is the sending of events of a type.
type sending struct {
	event  event
	config lahja.BroadcastConfig
	// answer says that it goes to whoever asked.
	answer bool
}

// awaited is a subscription that somebody waits for: that of an endpoint, or "" of any.
type awaited struct {
	event    event
	endpoint string
}

// effect adds to what the action does.
func (a *action) effect(does Effect) *action {
	a.does = append(a.does, does)
	return a
}

func (a *action) sending(sent event, config ...lahja.BroadcastConfig) *action {
	return a.effect(func(e *effects) {
		s := sending{event: sent}
		for _, c := range config {
			s.config = c
			s.answer = !c.FilterEventID.IsZero()
		}
		e.sends, e.open = append(e.sends, s), true
	})
}

func (a *action) answering(sent event) *action {
	return a.effect(func(e *effects) { e.sends = append(e.sends, sending{event: sent, answer: true}) })
}

func (a *action) subscribing(t event) *action {
	return a.effect(func(e *effects) { e.subscribes, e.open = append(e.subscribes, t), true })
}

func (a *action) taking(t event) *action {
	return a.effect(func(e *effects) { e.takes, e.open = append(e.takes, t), true })
}

func (a *action) refusing(t event) *action {
	return a.effect(func(e *effects) { e.refuses = append(e.refuses, t) })
}

func (a *action) pulling(t event) *action {
	return a.effect(func(e *effects) { e.pulls = append(e.pulls, t) })
}

func (a *action) awaiting(t event, endpoint string) *action {
	return a.effect(func(e *effects) { e.awaits, e.open = append(e.awaits, awaited{t, endpoint}), true })
}

func (a *action) asking(t event, endpoint string) *action {
	return a.effect(func(e *effects) { e.asks, e.open = append(e.asks, awaited{t, endpoint}), true })
}

// usesEndpoint notes that the action fails on a closed endpoint.
func (a *action) usesEndpoint() *action { return a.effect(func(e *effects) { e.open = true }) }

// telling notes that peers know all earlier subscriptions when the action is done.
func (a *action) telling() *action { return a.effect(func(e *effects) { e.tells = true }) }

// meeting notes that the action waits for a connection to the endpoints that it names.
func (a *action) meeting() *action { return a.effect(func(e *effects) { e.meets = true }) }

// awaitingAll notes that the action waits for a subscription of everybody, of whom there
// may be none.
func (a *action) awaitingAll(t event) *action {
	return a.effect(func(e *effects) { e.covers = append(e.covers, t) })
}

func (a *action) closing() *action { return a.effect(func(e *effects) { e.closes = true }) }

// Effect is one thing that an action does; see Opaque.
type Effect func(*effects)

// Opens says that the action opens endpoints of these names.
func Opens(endpoints ...string) Effect {
	return func(e *effects) { e.opens = append(e.opens, endpoints...) }
}

// Connects says that the action connects the driver's endpoint to these.
func Connects(endpoints ...string) Effect {
	return func(e *effects) { e.joins = append(e.joins, endpoints...) }
}

// Sends says that the action sends events of type T.
func Sends[T any]() Effect {
	return func(e *effects) { e.sends = append(e.sends, sending{event: eventType[T](), answer: true}) }
}

// Subscribes says that the action subscribes to events of type T.
func Subscribes[T any]() Effect {
	return func(e *effects) { e.subscribes = append(e.subscribes, eventType[T]()) }
}

// Opaque declares what an action does where the vet, which looks at the plan before the
// run, cannot see it. With effects the action has these and no others:
//
//	drivers.Opaque(drivers.Do("publish", publish), drivers.Sends[Tick]())
//
// Without effects it may do anything, so that the vet reports nothing that it could
// supply: an endpoint that lives outside of the scenario, say. The vet looks at nothing
// within a. A function of a Do, or one that takes what was received, may do anything too,
// unless it is declared. One that could be called only after what is missing has come
// supplies nothing.
func Opaque(a Action, does ...Effect) Action {
	o := newAction("Opaque", nil, func(ctx context.Context, s *Scope) error { return s.Run(ctx, a) }).of(a)
	o.opaque = true
	o.does = does
	if len(does) == 0 {
		o.effect(func(e *effects) { e.calls = true })
	}
	return o
}

// effectsOf is what an action does by itself, without those that it is made of.
func effectsOf(a Action) effects {
	own, ok := ownOf(a)
	if !ok {
		return effects{calls: true} // Somebody's own.
	}
	var does effects
	for _, effect := range own.does {
		effect(&does)
	}
	for _, fn := range own.functions {
		if !fn.isOurs() {
			does.calls = does.calls || fn.use == called
			does.handles = does.handles || fn.use == handles
		}
	}
	return does
}

// event is an event type by the name that it has on the wire: types of several versions
// share one.
type event string

func eventType[T any]() event {
	t := reflect.TypeFor[T]()
	if known, ok := events.Load(t); ok {
		return known.(event)
	}
	known, _ := events.LoadOrStore(t, eventOf(t))
	return known.(event)
}

// events are the event types of Go types that were asked for.
var events sync.Map

// eventOf is the event type of a Go type; "" for nil. It does not look the name up where
// the bus does, which would refuse a second type of that name in this process.
func eventOf(t reflect.Type) event {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return ""
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if name, ok := t.Field(i).Tag.Lookup("event"); ok && t.Field(i).Name == "_" {
				return event(name)
			}
		}
	}
	if named, ok := reflect.New(t).Interface().(lahja.Named); ok {
		return eventNamed(named, t)
	}
	return goEvent(t)
}

// eventNamed is what the type says itself, unless it panics, which the bus reports.
func eventNamed(named lahja.Named, t reflect.Type) (e event) {
	defer func() {
		if recover() != nil {
			e = goEvent(t)
		}
	}()
	return event(named.EventName())
}

func goEvent(t reflect.Type) event {
	if t.PkgPath() == "" {
		return event(t.String())
	}
	return event(t.PkgPath() + "." + t.Name())
}

// short is the name for messages: without the package where there is one.
func (e event) short() string {
	name, args, generic := strings.Cut(string(e), "[")
	if generic {
		args = "[" + args
	}
	last := name[strings.LastIndexByte(name, '/')+1:]
	if at := strings.LastIndexByte(last, '.'); at >= 0 {
		return last[at+1:] + args
	}
	return string(e)
}
