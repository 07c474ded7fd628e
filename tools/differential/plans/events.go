package plans

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
)

// code is an action with the Go source that makes it.
type code struct {
	action drivers.Action
	source string
}

func codef(a drivers.Action, format string, args ...any) code {
	return code{action: a, source: fmt.Sprintf(format, args...)}
}

// event is everything that plans do with one type of event.
type event struct {
	name   string
	answer string // the type of the answer, where it is a request
	// slot makes a slot and its declaration.
	slot func(does Does, name string) (slot any, source string)
	// The actions of Step.Does.
	open      func(slot any, name string) code
	close     func(slot any, name string) code
	subscribe func(handled any, subscription *drivers.Slot[*lahja.Subscription], name string) code
	serve     func(server string) code
	// broadcast sends what a step says. refused does the same if it must be an error, because nobody
	// subscribes. Requests have the same pair.
	broadcast, refused func(s Step) code
	request            func(s Step, server string) code
	unheard            func(s Step) code
	// look takes and checks what arrived in a slot.
	look       func(does Does, slot any, name string, want map[string][]int) code
	subscribed func(peer string) code
}

// eventOf returns the event of a type whose values follow from their number and sender.
func eventOf[T any](name string, of func(n int, from string) T, fields func(n, from string) string) event {
	e := event{name: name}
	e.slot = func(does Does, slot string) (any, string) {
		if does == OpenStream {
			return drivers.NewSlot[*lahja.Stream[T]](slot), fmt.Sprintf("%s := drivers.NewSlot[*lahja.Stream[%s]](%q)", slot, name, slot)
		}
		return drivers.NewSlot[[]lahja.Event[T]](slot), fmt.Sprintf("%s := drivers.NewSlot[[]lahja.Event[%s]](%q)", slot, name, slot)
	}
	e.open = func(slot any, name string) code {
		return codef(drivers.Stream(slot.(*drivers.Slot[*lahja.Stream[T]])), "drivers.Stream(%s)", name)
	}
	e.close = func(slot any, name string) code {
		return codef(drivers.CloseStream(slot.(*drivers.Slot[*lahja.Stream[T]])), "drivers.CloseStream(%s)", name)
	}
	e.subscribe = func(handled any, subscription *drivers.Slot[*lahja.Subscription], name string) code {
		return codef(drivers.Subscribe(drivers.Append(handled.(*drivers.Slot[[]lahja.Event[T]])), subscription),
			"drivers.Subscribe(drivers.Append(%s), %s)", name, subscription)
	}
	e.broadcast = func(s Step) code {
		if s.Count == 1 {
			return codef(drivers.Broadcast(of(s.N, s.Endpoint), s.config()...),
				"drivers.Broadcast(%s{%s}%s)", name, fields(fmt.Sprint(s.N), s.Endpoint), s.configSource())
		}
		return codef(drivers.BroadcastEach(s.Count, func(i int) T { return of(s.N+i, s.Endpoint) }, s.config()...),
			"drivers.BroadcastEach(%d, func(i int) %s { return %s{%s} }%s)", s.Count, name, name,
			fields(fmt.Sprintf("%d + i", s.N), s.Endpoint), s.configSource())
	}
	e.refused = func(s Step) code {
		return codef(drivers.Throws(drivers.Broadcast(of(s.N, s.Endpoint), s.config()...), lahja.ErrNoSubscribers),
			"drivers.Throws(drivers.Broadcast(%s{%s}%s), lahja.ErrNoSubscribers)", name, fields(fmt.Sprint(s.N), s.Endpoint), s.configSource())
	}
	e.look = func(does Does, slot any, slotName string, want map[string][]int) code {
		data := map[string][]T{}
		for origin, numbers := range want {
			for _, n := range numbers {
				data[origin] = append(data[origin], of(n, origin))
			}
		}
		check := "BySender(" + wantSource(name, want, fields) + ")"
		if does == OpenStream {
			return codef(drivers.Drain(slot.(*drivers.Slot[*lahja.Stream[T]])).BySender(data), "drivers.Drain(%s).%s", slotName, check)
		}
		return codef(drivers.Gathered(slot.(*drivers.Slot[[]lahja.Event[T]])).BySender(data), "drivers.Gathered(%s).%s", slotName, check)
	}
	e.subscribed = func(peer string) code {
		return codef(drivers.IsEndpointSubscribedTo[T](peer), "drivers.IsEndpointSubscribedTo[%s](%q)", name, peer)
	}
	return e
}

// requestOf returns the event of a request with its answer.
func requestOf[Req lahja.Requester[Res], Res any](name, answer string, of func(n int) Req, number func(Req) int,
	respond func(n int, server string) Res, answerFields func(n, server string) string) event {
	e := eventOf(name, func(n int, _ string) Req { return of(n) }, numbered)
	e.answer = answer
	e.serve = func(server string) code {
		return codef(drivers.ServeRequests(func(request lahja.Event[Req]) Res { return respond(number(request.Data), server) }),
			"drivers.ServeRequests(func(request lahja.Event[%s]) %s { return %s{%s} })", name, answer, answer, answerFields("request.Data.N", server))
	}
	e.request = func(s Step, server string) code {
		return codef(drivers.RequestWith(of(s.N), s.oneConfig()).Returns(respond(s.N, server)),
			"drivers.RequestWith(%s{N: %d}, %s).Returns(%s{%s})", name, s.N, configSource(s.oneConfig()),
			answer, answerFields(fmt.Sprint(s.N), server))
	}
	e.unheard = func(s Step) code {
		return codef(drivers.Throws(drivers.RequestWith(of(s.N), s.oneConfig()), lahja.ErrNoSubscribers),
			"drivers.Throws(drivers.RequestWith(%s{N: %d}, %s), lahja.ErrNoSubscribers)", name, s.N, configSource(s.oneConfig()))
	}
	return e
}

func numbered(n, _ string) string { return "N: " + n }

// blobSize returns the size of blob n in bytes: some are compressed, and some are larger than one
// read.
func blobSize(n int) int { return 1 + n*n*997%70_000 }

func pong(n int, server string) scenarios.Pong { return scenarios.Pong{N: n, From: server} }
func pongFields(n, server string) string       { return fmt.Sprintf("N: %s, From: %q", n, server) }

func answer(n int, _ string) scenarios.Answer { return scenarios.Answer{N: -n} }
func answerFields(n, _ string) string         { return "N: -(" + n + ")" }

// events are the types of plans, those of the scenarios.
var events = []event{
	eventOf("Tick", func(n int, _ string) scenarios.Tick { return scenarios.Tick{N: n} }, numbered),
	eventOf("Tock", func(n int, _ string) scenarios.Tock { return scenarios.Tock{N: n} }, numbered),
	requestOf("Ping", "Pong", func(n int) scenarios.Ping { return scenarios.Ping{N: n} },
		func(p scenarios.Ping) int { return p.N }, pong, pongFields),
	eventOf("Pong", pong, pongFields),
	requestOf("Ask", "Answer", func(n int) scenarios.Ask { return scenarios.Ask{N: n} },
		func(a scenarios.Ask) int { return a.N }, answer, answerFields),
	eventOf("Answer", answer, answerFields),
	eventOf("Blob", func(n int, _ string) scenarios.Blob {
		return scenarios.Blob{N: n, Data: bytes.Repeat([]byte{byte(n)}, blobSize(n))}
	}, func(n, _ string) string {
		return fmt.Sprintf("N: %[1]s, Data: bytes.Repeat([]byte{byte(%[1]s)}, 1+(%[1]s)*(%[1]s)*997%%70_000)", n)
	}),
}

// requests are the types of requests.
var requests = []string{"Ping", "Ask"}

func eventNamed(name string) event {
	for _, e := range events {
		if e.name == name {
			return e
		}
	}
	panic(fmt.Sprintf("plans: there is no event type %q", name))
}

func answerOf(name string) string { return eventNamed(name).answer }

// oneConfig returns the broadcast config of a step.
func (s Step) oneConfig() lahja.BroadcastConfig {
	return lahja.BroadcastConfig{FilterEndpoints: s.To, Internal: s.Internal, AllowNoSubscribers: s.AllowNoSubscribers, NoWait: s.NoWait}
}

// config is oneConfig, but left out if it is zero.
func (s Step) config() []lahja.BroadcastConfig {
	if s.configSource() == "" {
		return nil
	}
	return []lahja.BroadcastConfig{s.oneConfig()}
}

func (s Step) configSource() string {
	if source := configSource(s.oneConfig()); source != "lahja.BroadcastConfig{}" {
		return ", " + source
	}
	return ""
}

func configSource(c lahja.BroadcastConfig) string {
	var fields []string
	if len(c.FilterEndpoints) > 0 {
		fields = append(fields, fmt.Sprintf("FilterEndpoints: %#v", c.FilterEndpoints))
	}
	for _, f := range []struct {
		name string
		set  bool
	}{{"Internal", c.Internal}, {"AllowNoSubscribers", c.AllowNoSubscribers}, {"NoWait", c.NoWait}} {
		if f.set {
			fields = append(fields, f.name+": true")
		}
	}
	return "lahja.BroadcastConfig{" + strings.Join(fields, ", ") + "}"
}

// wantSource returns the source of a map from senders to their events.
func wantSource(name string, want map[string][]int, fields func(n, from string) string) string {
	var origins []string
	for _, origin := range slices.Sorted(maps.Keys(want)) {
		var values []string
		for _, n := range want[origin] {
			values = append(values, "{"+fields(fmt.Sprint(n), origin)+"}")
		}
		origins = append(origins, fmt.Sprintf("%q: {%s}", origin, strings.Join(values, ", ")))
	}
	return fmt.Sprintf("map[string][]%s{%s}", name, strings.Join(origins, ", "))
}
