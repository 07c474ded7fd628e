package invariants_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/invariants/linear"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// Price and Quote are a request and its answer.
type Price struct {
	lahja.Expects[Quote]
	N int
}

type Quote struct{ N int }

func (Price) EventName() string { return "shop/price" }
func (Quote) EventName() string { return "shop/quote" }

// ordersEach is how many orders a client sends.
const ordersEach = 200

var ordering = d.NewSlot[*lahja.Subscription]("ordering")

// shop does of everything that the bus promises, and its drivers look at nothing of that.
var shop = d.CaseFunc("shop/everything", "orders are handled and prices quoted", func(*d.Env) []*d.Driver {
	return []*d.Driver{shopkeeper(), customer("a"), customer("b")}
})

// quotedAtOnce is for how many prices a customer asks at once. The shop answers when it has all.
const quotedAtOnce = 4

func shopkeeper() *d.Driver {
	asked := map[string][]lahja.Event[Price]{}
	return d.New(d.ServeEndpoint("shop"),
		d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Order]) error { return nil }, ordering),
		d.Subscribe(func(ctx context.Context, _ *d.Scope, q lahja.Event[Price]) error {
			all := append(asked[q.Origin()], q)
			if asked[q.Origin()] = all; len(all) < quotedAtOnce {
				return nil
			}
			for _, q := range all {
				if err := q.Respond(ctx, Quote{N: q.Data.N}); err != nil {
					return err
				}
			}
			return nil
		}),
		d.Signal("open"), d.Await("sent"), d.Unsubscribe(ordering), d.Signal("closed"))
}

func customer(name string) *d.Driver {
	return d.New(d.RunEndpoint(name), d.ConnectToEndpoints("shop"), d.Await("open"), d.WaitUntilEndpointSubscribedTo[Order]("shop"),
		d.WaitUntilEndpointSubscribedTo[Price]("shop"),
		d.Do("order", func(ctx context.Context, s *d.Scope) error {
			for n := range ordersEach {
				if err := lahja.Broadcast(ctx, s.Endpoint(), Order{N: n}); err != nil {
					return err
				}
			}
			return nil
		}),
		d.Parallel(d.Request(Price{N: 1}), d.Request(Price{N: 2}), d.Request(Price{N: 3}), d.Request(Price{N: 4})),
		d.Sync("shop"), d.Signal("sent"), d.Await("closed"),
		d.Do("order once more", func(ctx context.Context, s *d.Scope) error {
			return lahja.Broadcast(ctx, s.Endpoint(), Order{}, lahja.BroadcastConfig{AllowNoSubscribers: true})
		}), d.Sync("shop"))
}

// store is a register and a queue that several use at once. With the parameter "stale", it
// answers the first read of each client with what was there at first; with "twice", it gives the
// first job to everybody.
var store = d.CaseFunc("store/register-and-queue", "several use a register and a queue", func(env *d.Env) []*d.Driver {
	kept := &shelf{stale: env.Param("broken", "") == "stale", twice: env.Param("broken", "") == "twice"}
	all := []*d.Driver{d.New(d.ServeEndpoint("shop"),
		d.Subscribe(func(ctx context.Context, _ *d.Scope, q lahja.Event[Price]) error {
			return q.Respond(ctx, Quote{N: kept.does(q.Data.N)})
		}), d.Signal("open"))}
	for i, name := range []string{"a", "b"} {
		all = append(all, d.New(d.RunEndpoint(name), d.ConnectToEndpoints("shop"), d.Await("open"), d.WaitUntilEndpointSubscribedTo[Price]("shop"),
			operate("jobs", linear.Put(10+i), puts+10+i), d.Checkpoint("put"), operate("jobs", linear.Take(), takes), operate("jobs", linear.Take(), takes),
			operate("balance", linear.Write(5+i), writes+5+i), operate("balance", linear.Read(), reads)))
	}
	return all
})

// What the shelf is asked for, as the number of a Price.
const (
	takes  = -1
	reads  = -2
	writes = 1000
	puts   = 2000
)

// shelf has one value and a queue of others. Only one handler uses it.
type shelf struct {
	stale, twice bool
	value        int
	queue        []int
}

func (s *shelf) does(n int) int {
	switch {
	case n >= puts:
		s.queue = append(s.queue, n-puts)
	case n >= writes:
		s.value = n - writes
	case n == reads && s.stale:
		return 0
	case n == reads:
		return s.value
	case len(s.queue) > 0:
		first := s.queue[0]
		if !s.twice {
			s.queue = s.queue[1:]
		}
		return first
	}
	return -1
}

func operate(object string, in linear.Input, n int) d.Action {
	return d.Operate(object, in, func(ctx context.Context, s *d.Scope) (any, error) {
		answer, err := lahja.Request(ctx, s.Endpoint(), Price{N: n})
		if answer.Data.N < 0 {
			return nil, err
		}
		return answer.Data.N, err
	})
}

var ofStore = []invariants.Invariant{linear.Register("balance", 0), linear.Queue("jobs")}

func TestMain(m *testing.M) { runner.Main(m, []d.Scenario{shop, store}) }

func engines() []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())}
}

func TestRealRunsHold(t *testing.T) {
	shop, store := shop, store
	shop.Invariants, store.Invariants = invariants.Bus(), ofStore
	for _, e := range engines() {
		for _, s := range []d.Scenario{shop, store} {
			r := runner.Runner{Engine: e}
			report := r.Run(t.Context(), s)
			if report.Verdict != runner.Passed || len(report.Invariants) != len(s.Invariants) {
				t.Errorf("%s", report)
			}
			for _, o := range report.Invariants {
				if o.Verdict != invariants.Held {
					t.Errorf("%s on %s: %s is %s: %s", s.Name, e.Name(), o.Name, o.Verdict, o.Reason)
				}
			}
		}
	}
}

func TestBrokenStoresAreFound(t *testing.T) {
	for broken, want := range map[string]string{"stale": "balance is linearizable: no order of the operations on balance explains that", "twice": "jobs is linearizable: no order"} {
		for _, e := range engines() {
			s := store
			s.Invariants = ofStore
			r := runner.Runner{Engine: e, Params: map[string]string{"broken": broken}, Store: &recording.Store{Dir: t.TempDir()}}
			wantBroken(t, r.Run(t.Context(), s), want)
		}
	}
}

// wantBroken wants a report of a run with a broken invariant, readable in 100 columns. What is
// broken may have failed a driver before.
func wantBroken(t *testing.T, report *runner.Report, want string) {
	t.Helper()
	if report.Verdict != runner.Failed || !slices.ContainsFunc(report.Failures, func(f *engine.Failure) bool {
		return f.Kind == engine.FailedInvariant && strings.HasPrefix(strings.ReplaceAll(f.Message, "\n", " "), want)
	}) {
		t.Fatalf("got\n%s\nwant a failure that begins with %q", report, want)
	}
	text, _, _ := strings.Cut(report.String(), "  the last events:")
	for line := range strings.Lines(text) {
		if len([]rune(strings.TrimRight(line, "\n"))) > 100 {
			t.Errorf("the line %q is too long", line)
		}
	}
	marks := 0
	for _, e := range report.Recording.Entries {
		if e.Kind == recording.Broken {
			marks++
		}
	}
	if marks == 0 {
		t.Error("nothing is marked in the recording")
	}
	if report.Failures[0].Kind == engine.FailedInvariant && !strings.Contains(report.Events, "breaks: ") {
		t.Errorf("the last events do not show what is broken:\n%s", report.Events)
	}
}

func TestBrokenBusesAreFound(t *testing.T) {
	for name, want := range map[string]string{
		"loses-events":            "exactly once to each live subscription: ",
		"duplicates-events":       "exactly once to each live subscription: ",
		"reorders-a-connection":   "order per sender and subscription: ",
		"answers-another-request": "answers only to their requests: ",
	} {
		t.Run(name, func(t *testing.T) {
			all := saboteurs.All()
			i := slices.IndexFunc(all, func(s saboteurs.Saboteur) bool { return s.Name() == name })
			if i < 0 {
				t.Fatal("there is no such saboteur")
			}
			s := shop
			s.Invariants = invariants.Bus()
			r := runner.Runner{Engine: engine.OnGoroutines(all[i].Backend), Store: &recording.Store{Dir: t.TempDir()}}
			wantBroken(t, r.Run(t.Context(), s), want)
		})
	}
}

func TestHandlersThatAreCalledAfterUnsubscribeAreFound(t *testing.T) {
	s := shop
	s.Invariants = invariants.Bus()
	r := runner.Runner{Engine: engine.OnGoroutines(defective.Clinging("clings")), Store: &recording.Store{Dir: t.TempDir()}}
	wantBroken(t, r.Run(t.Context(), s), "nothing after unsubscribe: ")
}

func TestCheckThatPanicsIsAMistake(t *testing.T) {
	s := shop
	s.Invariants = []invariants.Invariant{invariants.Func("wild", func(*recording.Run) error { panic("no") })}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(t.Context(), s)
	if report.Verdict != runner.Failed || report.Failures[0].Kind != engine.FailedHarness || !strings.Contains(report.Failures[0].Message, `the check of the invariant "wild" panicked: no`) {
		t.Errorf("got %s", report)
	}
}

func TestUndecidedIsTold(t *testing.T) {
	s := shop
	s.Invariants = append(invariants.Bus(), linear.Queue("jbos"))
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Records: 10}
	report := r.Run(t.Context(), s)
	if report.Verdict != runner.Passed {
		t.Fatalf("got %s", report)
	}
	for _, o := range report.Invariants {
		if o.Verdict != invariants.Undecided || !strings.Contains(fmt.Sprint(report), "undecided invariant: "+o.Name) {
			t.Errorf("%s is %s: %s\n%s", o.Name, o.Verdict, o.Reason, report)
		}
	}
}

func TestOperationThatCannotBeRecordedFails(t *testing.T) {
	s := d.Case("store/odd", "what has no JSON is no operation",
		d.New(d.NoEndpoint("a"), d.Operate("x", make(chan int), func(context.Context, *d.Scope) (any, error) { return nil, nil })))
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(t.Context(), s)
	if report.Verdict != runner.Failed || !strings.Contains(report.Cause(), "operation on x: chan int cannot be recorded") {
		t.Errorf("got %s", report)
	}
}

func TestOperationThatFailedStaysOpen(t *testing.T) {
	s := d.Case("store/open", "an operation that failed may have happened",
		d.New(d.NoEndpoint("a"),
			d.Throws(d.Operate("x", linear.Write(5), func(context.Context, *d.Scope) (any, error) { return nil, lahja.ErrQueueFull }), lahja.ErrQueueFull),
			d.Operate("x", linear.Read(), func(context.Context, *d.Scope) (any, error) { return 0, nil }),
			d.Operate("x", linear.Read(), func(context.Context, *d.Scope) (any, error) { return 5, nil })))
	s.Invariants = []invariants.Invariant{linear.Register("x", 0)}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	if report := r.Run(t.Context(), s); report.Verdict != runner.Passed || report.Invariants[0].Verdict != invariants.Held {
		t.Errorf("got %s, %v", report, report.Invariants)
	}
}
