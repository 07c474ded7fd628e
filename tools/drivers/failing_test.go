package drivers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/runner"
)

// failing is a wrong use, or an expectation that does not hold, of each action
// that can tell, and what the report says.
var failing = []struct {
	name  string
	build func(env *d.Env) []d.Action
	want  string
}{
	{"not", func(*d.Env) []d.Action { return []d.Action{d.DoesNotHold(d.IsConnectedTo("alone"))} }, `IsConnectedTo("alone") holds, and was not to`},
	{"not-of-another-error", func(*d.Env) []d.Action { return []d.Action{d.DoesNotHold(fail(errMine))} }, "mine"},
	{"query-of-a-closed-endpoint", func(*d.Env) []d.Action { return []d.Action{d.CloseEndpoint(), d.Opaque(d.ConnectedEndpointsAre())} }, "it has closed, and lists nobody"},
	{"not-of-a-closed-endpoint", func(*d.Env) []d.Action {
		return []d.Action{d.CloseEndpoint(), d.DoesNotHold(d.IsConnectedTo("bob"))}
	}, "it has closed, and lists nobody"},
	{"sync-of-a-closed-endpoint", func(*d.Env) []d.Action { return []d.Action{d.CloseEndpoint(), d.Opaque(d.Sync())} }, "endpoint lifecycle: it was closed"},
	{"receives-nothing-once-closed", func(*d.Env) []d.Action {
		return []d.Action{d.Opaque(d.ReceivesNothing[Tick](d.CloseEndpoint()))}
	}, "endpoint lifecycle: it was closed"},
	{"all-of-a-closed-endpoint", func(*d.Env) []d.Action {
		return []d.Action{d.CloseEndpoint(), d.Opaque(d.AreAllEndpointsSubscribedTo[Tick](false))}
	}, "it has closed, and lists nobody"},
	{"connected", func(*d.Env) []d.Action { return []d.Action{d.ConnectedEndpointsAre("bob")} }, "alone is connected to [], want [bob]"},
	{"subscribed", func(*d.Env) []d.Action { return []d.Action{d.SubscribedEventsAre(Tick{})} }, "alone subscribes to [], want [github.com/lahja/go-lahja/tools/drivers_test.Tick]"},
	{"repeat", func(*d.Env) []d.Action {
		n := 0
		return []d.Action{d.Repeat(3, d.Do("second fails", func(context.Context, *d.Scope) error {
			if n++; n == 2 {
				return errMine
			}
			return nil
		}))}
	}, "round 2 of 3: mine"},
	{"repeat-less-than-never", func(*d.Env) []d.Action { return []d.Action{d.Repeat(-1, d.Sleep(0))} }, "a count of -1: want 0"},
	{"collect-less-than-none", func(*d.Env) []d.Action { return []d.Action{d.Collect[Tick](-2)} }, "a count of -2: want 0"},
	{"collect-from-less-than-none", func(*d.Env) []d.Action {
		ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
		return []d.Action{d.Stream(ticks), d.CollectFrom(ticks, -3)}
	}, "a count of -3: want 0"},
	{"broadcast-less-than-none", func(*d.Env) []d.Action {
		return []d.Action{d.BroadcastEach(-4, func(int) Tick { return Tick{} })}
	}, "a count of -4: want 0"},
	{"expect", func(*d.Env) []d.Action {
		tick := d.NewSlot[lahja.Event[Tick]]("tick")
		return []d.Action{d.Background("send", d.WaitAnyThenBroadcast(Tick{N: 3})), d.WaitFor[Tick]().Into(tick), tick.Matches(gomega.HaveField("Data.N", 4))}
	}, "to equal\n                    <int>: 4"},
	{"data", func(*d.Env) []d.Action {
		return []d.Action{d.Background("send", d.WaitAnyThenBroadcast(Tick{N: 3})), d.WaitFor[Tick]().Equal(Tick{N: 4})}
	}, "{N: 4}"},
	{"empty-slot", func(*d.Env) []d.Action {
		return []d.Action{d.NewSlot[int]("number").Matches(gomega.Equal(3))}
	}, "slot number is empty: no earlier action of driver alone saved to it"},
	{"receives-something", func(*d.Env) []d.Action {
		return []d.Action{d.ReceivesNothing[Tick](d.Broadcast(Tick{N: 5}))}
	}, "received Tick{{N:5} from alone}, where nothing of that type was to be received"},
	{"collect", func(*d.Env) []d.Action {
		return []d.Action{d.Within(50*time.Millisecond, d.Parallel(d.Collect[Tick](2), d.WaitAnyThenBroadcast(Tick{})))}
	}, "1 of 2 events came"},
	{"handler-throws-nothing", func(*d.Env) []d.Action {
		return []d.Action{d.Within(50*time.Millisecond, d.HandlerThrows(errMine))}
	}, `waited for: a bus handler that fails with "mine"`},
	{"handler-throws-too-often", func(*d.Env) []d.Action {
		return []d.Action{d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return errMine }),
			d.Broadcast(Tick{}), d.Broadcast(Tick{}), d.HandlerThrows(errMine)}
	}, "action 1: Subscribe[Tick](func)"},
	{"join-of-nothing", func(*d.Env) []d.Action { return []d.Action{d.Join("nothing")} }, `no Background("nothing", …) comes before it`},
	{"background-never-done", func(*d.Env) []d.Action {
		return []d.Action{d.Background("wait", d.Within(50*time.Millisecond, d.Opaque(d.WaitFor[Tick]())))}
	}, `background action "wait": not done within 50ms`},
	{"background-in-parallel", func(*d.Env) []d.Action {
		return []d.Action{d.Parallel(d.Background("later", d.Sequence(d.Sleep(20*time.Millisecond), fail(errMine)))), d.WaitFor[Tick]()}
	}, `background action "later": mine`},
	{"background-that-is-joined", func(*d.Env) []d.Action {
		return []d.Action{d.Background("now", fail(errMine)), d.WaitFor[Tick](), d.Join("now")}
	}, `background action "now": mine`},
	{"late-without-an-error", func(*d.Env) []d.Action {
		return []d.Action{d.Within(20*time.Millisecond, d.Do("late", func(ctx context.Context, _ *d.Scope) error {
			<-ctx.Done()
			return nil
		}))}
	}, "it returned without an error, but only after its time was up"},
	{"throws-a-panic", func(*d.Env) []d.Action {
		return []d.Action{d.ThrowsMatching(d.Do("panic", func(context.Context, *d.Scope) error { panic(errMine) }), gomega.HaveOccurred())}
	}, "was to fail with an error, and did not return one: panic: mine"},
	{"check-panics", func(*d.Env) []d.Action {
		return []d.Action{d.ThrowsAs(fail(&lahja.Error{}), func(*lahja.Error) error { panic("in check") })}
	}, "panic:      in check\n    detail:     panic at failing_test.go:"},
	{"result-too-large", func(*d.Env) []d.Action {
		return []d.Action{d.Do("report", func(_ context.Context, s *d.Scope) error { return s.Result("large", make([]byte, 9<<20)) })}
	}, "report less, or a digest"},
	{"global-expect", func(*d.Env) []d.Action {
		return []d.Action{d.Do("assert", func(context.Context, *d.Scope) error {
			gomega.Expect(1).To(gomega.Equal(2))
			return nil
		})}
	}, "the global Expect (or Fail) was used in a driver, where no test listens; use the Expect of its *Scope"},
	{"misspelt", func(*d.Env) []d.Action {
		return []d.Action{d.Within(20*time.Millisecond, d.WaitUntilConnectedTo("aloen"))}
	}, `names endpoint "aloen", which no driver opens (did you mean "alone"?)`},
	{"not-listening", func(*d.Env) []d.Action {
		return []d.Action{d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "alone", Address: "x"})}
	}, `connects to "alone", which does not listen: begin its driver with ServeEndpoint`},
	{"background-twice", func(*d.Env) []d.Action {
		return []d.Action{d.Background("one", d.Opaque(d.WaitFor[Tick]())), d.Background("one", d.WaitFor[Tick]())}
	}, `a background action "one" was started already`},
	{"nil-action", func(*d.Env) []d.Action { return []d.Action{nil} }, "action 1 is nil"},
	{"endpoint", func(*d.Env) []d.Action {
		return []d.Action{d.ExpectEndpointFunc("never", func(lahja.EndpointAPI) error { return errMine })}
	}, "mine"},
	{"assertion-under-throws", func(*d.Env) []d.Action {
		return []d.Action{d.Throws(d.Do("assert", func(_ context.Context, s *d.Scope) error {
			s.Expect(1).To(gomega.Equal(2))
			return nil
		}), errMine)}
	}, `want an error that is "mine"`},
	{"throws-as", func(*d.Env) []d.Action { return []d.Action{d.ThrowsAs[*lahja.Error](fail(errMine))} }, "want an error of type *lahja.Error"},
	{"throws-matching", func(*d.Env) []d.Action {
		return []d.Action{d.ThrowsMatching(fail(errMine), gomega.MatchError("yours"))}
	}, "yours"},
}

func failingScenarios() []d.Scenario {
	var all []d.Scenario
	for _, f := range failing {
		all = append(all, alone("failing/"+f.name, f.build))
	}
	return all
}

func TestFailing(t *testing.T) {
	for _, e := range runner.Engines() {
		for i, s := range failingScenarios() {
			t.Run(e.Name()+"/"+s.Name, func(t *testing.T) {
				report := (&runner.Runner{Engine: e}).Run(t.Context(), s)
				if text := report.String(); report.Verdict != runner.Failed || !strings.Contains(text, failing[i].want) {
					t.Errorf("got:\n%s\nwant a failure that contains %q", text, failing[i].want)
				}
			})
		}
	}
}

func TestVet(t *testing.T) {
	crash := d.Crash()
	for name, c := range map[string]struct {
		drivers []*d.Driver
		want    string
	}{
		"no drivers":         {nil, "the scenario has no drivers"},
		"nil driver":         {[]*d.Driver{nil}, "driver 0 is nil"},
		"two of one name":    {[]*d.Driver{d.New(d.NoEndpoint("a")), d.New(d.NoEndpoint("a"))}, `two drivers are named "a"`},
		"no name":            {[]*d.Driver{d.New(d.NoEndpoint(""))}, "has no name"},
		"unnamed checkpoint": {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Checkpoint("")), d.New(d.NoEndpoint("b"), d.Checkpoint(""))}, "a checkpoint needs a name"},
		"lonely checkpoint":  {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Sequence(d.Checkpoint("x")))}, `checkpoint "x" stands in driver a alone`},
		"misspelt checkpoint": {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Checkpoint("all are in")), d.New(d.NoEndpoint("b"), d.Checkpoint("all are iin")),
			d.New(d.NoEndpoint("c"), d.Checkpoint("all are iin"))}, `driver a alone, so it waits for nobody (did you mean "all are iin"?)`},
		"after a crash":       {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Crash(), d.Sleep(0))}, "make it the last action"},
		"crash beside":        {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Background("x", d.Crash()), d.Join("x"))}, "no part of another one"},
		"crash beneath":       {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Throws(d.Crash(), errors.New("x")))}, "no part of another one"},
		"crash twice":         {[]*d.Driver{d.New(d.NoEndpoint("a"), crash, d.Sleep(0), crash)}, "make it the last action"},
		"pauses nobody":       {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Paused("b"))}, `"b" is no other driver`},
		"pauses itself":       {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Paused("a"))}, `"a" is no other driver`},
		"meets who is paused": {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Paused("b", d.Checkpoint("x"))), d.New(d.NoEndpoint("b"), d.Checkpoint("x"))}, "cannot arrive while it stands still"},
		"crash at the end":    {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Sleep(0), d.Crash())}, ""},
		"fine beneath throws": {[]*d.Driver{d.New(d.NoEndpoint("a"), d.Throws(d.Join("nothing"), errors.New("x")))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := d.Scenario{Name: "s"}.Vet(c.drivers)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v, want nothing", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
		})
	}
}
