package runner_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

var toNobody = lahja.BroadcastConfig{AllowNoSubscribers: true}

// later gives others time, as a test does that hopes.
func later() d.Action { return d.Sleep(60 * time.Millisecond) }

func answer(lahja.Event[Question]) Answer { return Answer{} }

// raced are scenarios that pass by luck, with what must be said of each. MS stands for a duration.
var raced = []struct {
	scenario d.Scenario
	want     []string
}{
	{d.Case("raced/first-of-two-is-missed", "the second one is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Broadcast(Tick{N: 1}, toNobody), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 2})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), later(), d.WaitFor[Tick]())),
		[]string{`client sent Tick (action 2, Broadcast(Tick{N:1}, BroadcastConfig{AllowNoSubscribers})) MS before it knew that cache subscribes, so cache did not ` +
			`receive it. cache waited for one (action 3, WaitFor[Tick]()), and another came. Nothing orders the two. If cache is to receive it, put ` +
			`WaitUntilEndpointSubscribedTo[Tick]("cache") before action 2 in client; if not, have cache wait until client has sent it.`}},
	{d.Case("raced/missed-before-the-connection", "the second one is taken",
		d.New(d.ServeEndpoint("client"), d.Broadcast(Tick{N: 1}, toNobody), d.WaitAnyThenBroadcast(Tick{N: 2})),
		d.New(d.RunEndpoint("cache"), later(), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
		[]string{`client sent Tick (action 1, Broadcast(Tick{N:1}, BroadcastConfig{AllowNoSubscribers})) MS before it knew that cache subscribes, so cache did not ` +
			`receive it. cache waited for one (action 3, WaitFor[Tick]()), and another came. Nothing orders the two.`}},
	{d.Case("raced/missed-between-two-waits", "the third one is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), later(), d.Broadcast(Tick{N: 2}, toNobody),
			d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 3})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick](), later(), later(), d.WaitFor[Tick]())),
		[]string{`client sent Tick (action 4, Broadcast(Tick{N:2}, BroadcastConfig{AllowNoSubscribers})) MS before it knew that cache subscribes, so cache did not ` +
			`receive it. cache waited for one (action 5, WaitFor[Tick]()), and another came. Nothing orders the two.`}},
	{d.Case("raced/a-sleep-is-no-order", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
		[]string{`cache waited for Tick (action 2, WaitFor[Tick]()), and took the one that client sent (action 3, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers})). client had known for MS that cache subscribes, and nothing has it wait for that. ` +
			`Put WaitUntilEndpointSubscribedTo[Tick]("cache") before action 3 in client.`}},
	{d.Case("raced/checkpoint-does-not-tell", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Checkpoint("open"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Checkpoint("open"), d.NextFrom(held))),
		[]string{`cache waited for Tick (action 4, NextFrom[Tick](held)), and took the one that client sent (action 4, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers})). client had known for MS that cache subscribes, and nothing has it wait for that. ` +
			`Put WaitUntilEndpointSubscribedTo[Tick]("cache") before action 4 in client.`}},
	{d.Case("raced/waits-for-another-subscriber", "both take it",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("ledger"), later(), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("ledger"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]()),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
		[]string{`cache waited for Tick (action 2, WaitFor[Tick]()), and took the one that client sent (action 3, Broadcast(Tick{N:1})). client had known for MS that ` +
			`cache subscribes, and nothing has it wait for that. Put WaitUntilEndpointSubscribedTo[Tick]("cache") before action 3 in client.`}},
	{d.Case("raced/waits-for-any-of-two", "both take it",
		d.New(d.ServeEndpoint("client"), later(), d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("ledger"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]()),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
		[]string{`ledger waited for Tick (action 2, WaitFor[Tick]()), and took the one that client sent (action 2, WaitAnyThenBroadcast(Tick{N:1})). client had known for MS ` +
			`that ledger subscribes, and nothing has it wait for that.`, `cache waited for Tick (action 2,`}},
	{d.Case("raced/asks-two-and-waits-for-one", "both answer",
		d.New(d.ServeEndpoint("first"), d.ServeRequests(answer)),
		d.New(d.ServeEndpoint("second"), d.ServeRequests(answer)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("first", "second"), d.WaitUntilEndpointSubscribedTo[Question]("first"), later(), d.RequestAll(Question{}))),
		[]string{`client waited for an answer to its Question (action 4, RequestAll(Question{})), and second answered. client had known for MS that second subscribes, ` +
			`and nothing has it wait for that. Put WaitUntilEndpointSubscribedTo[Question]("second") before action 4 in client.`}},
	{d.Case("raced/stream-is-known-and-the-wait-is-not", "the wait takes it",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), later(), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Within(time.Minute, d.WaitFor[Tick]()))),
		[]string{`cache waited for Tick (action 3, WaitFor[Tick]()), and took the one that client sent (action 3, Broadcast(Tick{N:1})). ` +
			`Nothing has client send it after cache began to wait. In cache, take it from a Stream that is open before client sends.`}},
	{d.Case("raced/signal-comes-before-the-wait", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.Await("ready"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Signal("ready"), d.WaitFor[Tick]())),
		[]string{`cache waited for Tick (action 3, WaitFor[Tick]()), and took the one that client sent (action 3, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers})). client had known for MS that cache subscribes, and nothing has it wait for that.`}},
	{d.Case("raced/two-senders-in-order", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.CollectFrom(held, 2).InOrder(Tick{N: 1}, Tick{N: 2})),
		sends("client", d.Broadcast(Tick{N: 1})),
		sends("ledger", later(), d.Broadcast(Tick{N: 2}))),
		[]string{`cache expected Tick in this order (action 2, CollectFrom[Tick](held, 2).InOrder(Tick{N:1}, Tick{N:2})): one that client sent (action 3, ` +
			`Broadcast(Tick{N:1})), then one that ledger sent (action 4, Broadcast(Tick{N:2})). Nothing orders the two. Have ledger wait until cache has taken the ` +
			`first one, or expect them with InAnyOrder or BySender.`}},
	{d.Case("raced/two-senders-one-after-the-other", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.NextFrom(held).Equal(Tick{N: 1}), d.NextFrom(held).Equal(Tick{N: 2})),
		sends("client", d.Broadcast(Tick{N: 1})),
		sends("ledger", later(), d.Broadcast(Tick{N: 2}))),
		[]string{`cache expected Tick in this order (action 3, NextFrom[Tick](held).Equal(Tick{N:2})): one that client sent (action 3, ` +
			`Broadcast(Tick{N:1})), then one that ledger sent (action 4, Broadcast(Tick{N:2})). Nothing orders the two.`}},
}

// sends is a driver that does something when it knows that cache subscribes.
func sends(name string, actions ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint(name), append([]d.Action{d.ConnectToEndpoints("cache"), d.WaitUntilEndpointSubscribedTo[Tick]("cache")}, actions...)...)
}

// unraced are scenarios that do the same in an order that something enforces.
var unraced = []d.Scenario{
	d.Case("unraced/waits-for-the-subscription", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), later(), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
	d.Case("unraced/waits-for-the-only-subscriber", "the event is taken",
		d.New(d.ServeEndpoint("client"), later(), d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
	d.Case("unraced/waits-for-both", "both take it",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("ledger"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("ledger"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]()),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
	d.Case("unraced/checkpoint-after-it-is-known", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Checkpoint("open"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("open"), d.NextFrom(held))),
	d.Case("unraced/signal-after-it-is-known", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.Await("open"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Sync("client"), d.Signal("open"), d.NextFrom(held))),
	d.Case("unraced/signal-by-a-third", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.Await("go"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.NoEndpoint("third"), d.Await("open"), d.Signal("go")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.WaitUntilSubscriptionsKnown(), d.Signal("open"), d.NextFrom(held))),
	d.Case("unraced/connection-after-the-stream", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.Stream(held), d.ConnectToEndpoints("client"), d.NextFrom(held))),
	d.Case("unraced/connects-when-the-stream-is-open", "the event is taken",
		d.New(d.RunEndpoint("client"), d.Await("open"), d.ConnectToEndpoints("cache"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.Signal("open"), d.NextFrom(held))),
	d.Case("unraced/asked-for-by-a-request", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.ServeRequest(answer), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.WaitAnyThenRequest(Question{}), d.NextFrom(held))),
	d.Case("unraced/request-and-signal", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.ServeRequests(answer), d.Await("asked"), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.WaitAnyThenRequest(Question{}), d.Signal("asked"), d.NextFrom(held))),
	d.Case("unraced/asked-for-by-an-event", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitFor[Question](), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.WaitAnyThenBroadcast(Question{}), d.NextFrom(held))),
	d.Case("unraced/missed-on-purpose", "the second one is taken",
		d.New(d.ServeEndpoint("client"), d.Broadcast(Tick{N: 1}, toNobody), d.Signal("sent"), d.WaitAnyThenBroadcast(Tick{N: 2})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("sent"), later(), d.WaitFor[Tick]())),
	d.Case("unraced/missed-before-it-connects", "the second one is taken",
		d.New(d.RunEndpoint("client"), d.Broadcast(Tick{N: 1}, toNobody), d.ConnectToEndpoints("cache"), d.WaitAnyThenBroadcast(Tick{N: 2})),
		d.New(d.ServeEndpoint("cache"), later(), d.WaitFor[Tick]())),
	d.Case("unraced/for-somebody-else", "the second one is taken",
		d.New(d.ServeEndpoint("client"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"ledger"}}), d.WaitAnyThenBroadcast(Tick{N: 2})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), later(), d.WaitFor[Tick]())),
	d.Case("unraced/a-function-may-have-waited", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.Do("wait", func(ctx context.Context, s *d.Scope) error {
			return lahja.WaitUntilEndpointSubscribedTo[Tick](ctx, s.Endpoint(), "cache")
		}), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]())),
	d.Case("unraced/relayed-by-a-handler", "the event is taken",
		d.New(d.ServeEndpoint("client"), d.WaitFor[Answer](), later(), d.Broadcast(Tick{N: 1}, toNobody)),
		d.New(d.ServeEndpoint("relay"), d.ConnectToEndpoints("client"), d.WaitUntilEndpointSubscribedTo[Answer]("client"),
			d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Answer{})
			})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client", "relay"), d.Stream(held), d.WaitUntilSubscriptionsKnown(), d.WaitAnyThenBroadcast(Question{}), d.NextFrom(held))),
	d.Case("unraced/second-sender-waits-for-the-first", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.NextFrom(held).Equal(Tick{N: 1}), d.Signal("taken"), d.NextFrom(held).Equal(Tick{N: 2})),
		sends("client", d.Broadcast(Tick{N: 1})),
		sends("ledger", d.Await("taken"), d.Broadcast(Tick{N: 2}))),
	d.Case("unraced/two-senders-in-any-order", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.CollectFrom(held, 2).InAnyOrder(Tick{N: 1}, Tick{N: 2})),
		sends("client", d.Broadcast(Tick{N: 1})),
		sends("ledger", later(), d.Broadcast(Tick{N: 2}))),
	d.Case("unraced/two-senders-of-one-value", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.CollectFrom(held, 2).InOrder(Tick{N: 1}, Tick{N: 1})),
		sends("client", d.Broadcast(Tick{N: 1})),
		sends("ledger", later(), d.Broadcast(Tick{N: 1}))),
	d.Case("unraced/one-sender-in-order", "both are taken",
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.CollectFrom(held, 2).InOrder(Tick{N: 1}, Tick{N: 2})),
		sends("client", d.Broadcast(Tick{N: 1}), d.Broadcast(Tick{N: 2}))),
}

func init() {
	for _, c := range raced {
		ofChildren = append(ofChildren, c.scenario)
	}
	ofChildren = append(ofChildren, unraced...)
}

var neverKnew = regexp.MustCompile(`Nothing has (\w+) wait until (\w+) has subscribed\.`)

// racesOf runs a scenario and returns what it had by luck; ok is false if it did not pass.
func racesOf(t *testing.T, e engine.Engine, s d.Scenario) (races string, ok bool) {
	t.Helper()
	r := runner.Runner{Engine: e, Races: true}
	report := r.Run(t.Context(), s)
	if report.Unlooked != "" {
		t.Fatal(report)
	}
	for _, race := range report.Races {
		text := aDuration.ReplaceAllString(race.String(), "MS")
		// The sender may observe what it was told only after it has sent.
		races += neverKnew.ReplaceAllString(text, "$1 had known for MS that $2 subscribes, and nothing has it wait for that.") + "\n"
	}
	return races, report.Verdict == runner.Passed
}

// tries is how often a scenario is run that needs luck to pass, and to do so as it is told.
const tries = 20

func TestRacesAreTold(t *testing.T) {
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())} {
		for _, c := range raced {
			t.Run(e.Name()+"/"+c.scenario.Name, func(t *testing.T) {
				got, lucky := "", false
				for try := 0; try < tries && !lucky; try++ {
					got, lucky = racesOf(t, e, c.scenario)
					lucky = lucky && strings.Count(got, "\n") == len(c.want)
					for _, want := range c.want {
						lucky = lucky && strings.Contains(got, want)
					}
				}
				if !lucky {
					t.Errorf("got\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
				}
			})
		}
		for _, s := range unraced {
			t.Run(e.Name()+"/"+s.Name, func(t *testing.T) {
				if got, ok := racesOf(t, e, s); got != "" || !ok {
					t.Errorf("it passed: %v; got\n%s\nwant none", ok, got)
				}
			})
		}
	}
}

func TestReportSaysWhatPassedByLuck(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Races: true, Store: &recording.Store{Dir: t.TempDir(), All: true}}
	for range tries {
		report := r.Run(t.Context(), raced[3].scenario)
		if len(report.Races) == 0 {
			continue // It had no luck.
		}
		const want = "  passed by luck: cache waited for Tick (action 2, WaitFor[Tick]()), and took the one that client\n    sent (action 3,"
		run, err := recording.Load(report.Kept)
		if text := report.String(); err != nil || !strings.Contains(text, want) || report.Verdict != runner.Passed || report.Err() != nil ||
			!strings.Contains(run.Outcome.Report, want) {
			t.Errorf("got %v,\n%s\nwant\n%s", err, text, want)
		}
		return
	}
	t.Error("nothing passed by luck")
}

func TestReportSaysThatNobodyCanTellLuck(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Races: true, Records: -1}
	report := r.Run(t.Context(), unraced[0])
	if report.Verdict != runner.Passed || report.Races != nil || !strings.Contains(report.String(), "passed by luck: not known, because not every endpoint is recorded") {
		t.Error(report)
	}
}

func TestRacesNeedTimesAndAllEntries(t *testing.T) {
	for want, spoil := range map[string]func(*recording.Run){
		"":                               func(*recording.Run) {},
		"has lost its oldest entries":    func(run *recording.Run) { run.Outcome.Lost = []uint64{0, 1} },
		"not every endpoint is recorded": func(run *recording.Run) { run.Drivers[1].Unrecorded = "on purpose" },
		"began at one time": func(run *recording.Run) {
			for k := range run.Entries {
				run.Entries[k].At = 0
			}
		},
	} {
		r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Races: true}
		run := r.Run(t.Context(), unraced[0]).Recording
		spoil(run)
		races, err := d.Races(unraced[0].Drivers(nil), run)
		if len(races) > 0 || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want %q", races, err, want)
		}
	}
}
