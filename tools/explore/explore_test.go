package explore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/explore"
)

// racing passes only if the ping of a arrives before that of b.
var racing = d.Case("explore/first", "The ping of a is the first one.",
	d.New(d.ServeEndpoint("server"), d.Stream(got), d.NextFrom(got).From("a"), d.NextFrom(got).From("b")),
	sender("a"), sender("b"))

var got = d.NewSlot[*lahja.Stream[Ping]]("got")

func sender(name string) *d.Driver {
	return d.New(d.RunEndpoint(name), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ping](), d.Checkpoint("go"), d.Broadcast(Ping{}))
}

// varying does something else in each run.
var varying = d.Case("explore/varying", "It sleeps for a time that nobody knows.",
	d.New(d.RunEndpoint("a"), d.Do("sleep", func(ctx context.Context, s *d.Scope) error {
		// The order of a map is another one each time.
		waits := map[string]time.Duration{}
		for i := range 20 {
			waits[fmt.Sprint(i)] = time.Duration(i+1) * time.Millisecond
		}
		for _, wait := range waits {
			if err := s.Engine().Sleep(ctx, wait); err != nil {
				return err
			}
		}
		return nil
	})))

// exits ends its process.
var exits = d.Case("explore/exits", "It never ends.", d.New(d.RunEndpoint("a"), d.Do("exit", func(context.Context, *d.Scope) error {
	fmt.Println("leaving")
	os.Exit(7)
	return nil
})))

// forgets has a server that knows nothing more when it was started again.
var forgets = d.Case("explore/forgets", "A number that was stored is there.",
	d.New(d.ServeEndpoint("server"), d.Do("be empty", func(ctx context.Context, s *d.Scope) error { return stored.Save(ctx, s, new(int)) }),
		store()).OnRestart(
		d.Do("be empty", func(ctx context.Context, s *d.Scope) error { return stored.Save(ctx, s, new(int)) }), store()),
	d.New(d.RunEndpoint("client"), d.Do("store and ask", func(ctx context.Context, s *d.Scope) error {
		if _, err := ask(ctx, s, 7); err != nil {
			return err
		}
		now, err := ask(ctx, s, 0)
		if err == nil && now != 7 {
			err = fmt.Errorf("got %d", now)
		}
		return err
	})))

var stored = d.NewSlot[*int]("stored")

// store stores what is not 0, and answers with what is stored.
func store() d.Action {
	return d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Ping]) (Pong, error) {
		at := stored.Get(s)
		if e.Data.N != 0 {
			*at = e.Data.N
		}
		return Pong{*at}, nil
	})
}

// ask asks the server, again if it crashes.
func ask(ctx context.Context, s *d.Scope, n int) (int, error) {
	for {
		// It may be connected already.
		if err := s.Endpoint().ConnectToEndpoints(ctx, s.Config("server")); err != nil && ctx.Err() != nil {
			return 0, err
		}
		if err := lahja.WaitUntilAnyEndpointSubscribedTo[Ping](ctx, s.Endpoint()); err != nil {
			return 0, err
		}
		got, err := lahja.Request(ctx, s.Endpoint(), Ping{N: n})
		if err == nil || ctx.Err() != nil {
			return got.Data.N, err
		}
	}
}

var needy = d.Case("explore/needy", "It needs a process.", d.New(d.RunEndpoint("a"))).Needing(engine.ProcessIsolation)

var all = []d.Scenario{pings(), racing, varying, exits, forgets, needy}

// exploring explores, which must be possible.
func exploring(t *testing.T, s d.Scenario, o explore.Options) *explore.Result {
	t.Helper()
	r, err := explore.Scenario(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFailureIsShrunkAndReplayed(t *testing.T) {
	for _, kind := range []explore.Kind{explore.Random, explore.PCT2, explore.PCT3, explore.Bounded} {
		t.Run(string(kind), func(t *testing.T) {
			r := exploring(t, racing, explore.Options{Kinds: []explore.Kind{kind}, Depth: 2})
			if len(r.Failures) != 1 {
				t.Fatalf("got %v", r)
			}
			f := r.Failures[0]
			if f.Kind != kind || f.Diverged != "" || len(f.Plan.Departures) > 3 || !strings.Contains(f.Cause, "driver server at action 2") {
				t.Errorf("got %+v\n%v", f, f)
			}
			path := filepath.Join(t.TempDir(), "plan.json")
			if err := f.Plan.Save(path); err != nil {
				t.Fatal(err)
			}
			plan, err := explore.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			again, err := explore.Replay(t.Context(), racing, plan, explore.Options{})
			if err != nil || again.Cause != f.Cause {
				t.Errorf("the replay came to %v, %v", again, err)
			}
		})
	}
}

func TestReplayThatTakesAnotherCourseSaysWhere(t *testing.T) {
	r := exploring(t, racing, explore.Options{})
	if len(r.Failures) != 1 {
		t.Fatalf("got %v", r)
	}
	plan := r.Failures[0].Plan
	plan.Steps[5] = "c: dances"
	_, err := explore.Replay(t.Context(), racing, plan, explore.Options{})
	if err == nil || !strings.Contains(err.Error(), `step 5 is "c: dances", and in a second run "`) {
		t.Errorf("got %v", err)
	}
	if _, err := explore.Replay(t.Context(), pings(), plan, explore.Options{}); err == nil {
		t.Error("the plan of another scenario was replayed")
	}
}

// TestPlanKeepsWhatConnectionsAreLike replays a schedule of slow connections without saying so.
func TestPlanKeepsWhatConnectionsAreLike(t *testing.T) {
	slow := virtual.Link{Latency: virtual.Uniform(time.Millisecond, 50*time.Millisecond)}
	r := exploring(t, racing, explore.Options{Link: slow, Kinds: []explore.Kind{explore.Random}})
	if len(r.Failures) != 1 || r.Failures[0].Plan.Link != slow {
		t.Fatalf("got %v", r)
	}
	f := r.Failures[0]
	again, err := explore.Replay(t.Context(), racing, f.Plan, explore.Options{})
	if err != nil || again.Cause != f.Cause {
		t.Errorf("the replay came to %v, %v", again, err)
	}
}

func TestPlanThatCannotBeReadIsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"{":                              "is no schedule",
		`{"schema": "lahja-schedule/9"}`: "this program reads lahja-schedule/1",
		`{"schema": "lahja-schedule/1", "go": "go1.1"}`: "was found with go1.1",
	} {
		path := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := explore.Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", content, err, want)
		}
	}
}

// TestCheck finds a scenario whose runs differ, and none where they do not.
func TestCheck(t *testing.T) {
	if r := exploring(t, pings(), explore.Options{Check: true, Schedules: 100}); len(r.Diverged) > 0 {
		t.Errorf("got %v", r)
	}
	r := exploring(t, varying, explore.Options{Check: true, Schedules: 10})
	if len(r.Diverged) == 0 || !strings.Contains(r.String(), "goes on after a sleep of ") {
		t.Errorf("got %v", r)
	}
}

// TestBounds pins when exploring stops.
func TestBounds(t *testing.T) {
	if r := exploring(t, pings(), explore.Options{Schedules: 123}); r.Schedules != 123 {
		t.Errorf("got %d schedules, want 123", r.Schedules)
	}
	// On a busy machine the workers take seconds to start, which count.
	for bound := time.Second; ; bound *= 2 {
		start := time.Now()
		r := exploring(t, pings(), explore.Options{For: bound})
		if r.Schedules == 0 && bound < 16*time.Second {
			continue
		}
		if r.Schedules == 0 || time.Since(start) > bound+30*time.Second {
			t.Errorf("got %d schedules after %v, want some and %v", r.Schedules, time.Since(start), bound)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := explore.Scenario(ctx, pings(), explore.Options{For: time.Hour, Progress: func(explore.Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestBoundedSchedulesAreAll pins that few bounded schedules of one departure are the same: some
// steps that wait do so for a single other one, which could as well have come early.
func TestBoundedSchedulesAreAll(t *testing.T) {
	r := exploring(t, pings(), explore.Options{Kinds: []explore.Kind{explore.Bounded}})
	if r.Schedules < 50 || r.Distinct < r.Schedules*9/10 {
		t.Errorf("got %d schedules, of which %d are distinct", r.Schedules, r.Distinct)
	}
}

func TestFailuresAreCountedByCause(t *testing.T) {
	r := exploring(t, racing, explore.Options{KeepGoing: true, Schedules: 300})
	counted := 0
	for _, f := range r.Failures {
		counted += f.Count
	}
	if r.Schedules != 300 || len(r.Failures) == 0 || counted != r.Progress.Failures || counted < 10 {
		t.Errorf("got %d failures of %d schedules, %d causes", counted, r.Schedules, len(r.Failures))
	}
}

func TestUnsupportedScenarioIsSaidToBe(t *testing.T) {
	r := exploring(t, needy, explore.Options{})
	if !strings.Contains(r.Unsupported, "process-isolation") || !strings.Contains(r.String(), "cannot be explored") {
		t.Errorf("got %v", r)
	}
}

// TestProcessThatEndsSaysHow explores a scenario that ends the process of its schedules.
func TestProcessThatEndsSaysHow(t *testing.T) {
	_, err := explore.Scenario(t.Context(), exits, explore.Options{})
	if err == nil || !strings.Contains(err.Error(), "exit status 7") || !strings.Contains(err.Error(), "leaving") {
		t.Errorf("got %v", err)
	}
}

// TestProcessThatDoesSomethingElseSaysWhatToDo explores a scenario that no call of Dispatch names.
func TestProcessThatDoesSomethingElseSaysWhatToDo(t *testing.T) {
	unknown := d.Case("explore/unknown", "Nobody knows it.", d.New(d.RunEndpoint("a")))
	_, err := explore.Scenario(t.Context(), unknown, explore.Options{Args: []string{"-test.run", "^$"}})
	if err == nil || !strings.Contains(err.Error(), "call explore.Dispatch first in main or TestMain") {
		t.Errorf("got %v", err)
	}
}

// TestCrashEach has a server crash at each step, which only a server that keeps what it was told
// survives.
func TestCrashEach(t *testing.T) {
	r, err := explore.CrashEach(t.Context(), pings(), "nobody", explore.Options{})
	if err == nil || !strings.Contains(err.Error(), `driver "nobody" of explore/pings never crashed`) {
		t.Errorf("got %v, %v", r, err)
	}
	r, err = explore.CrashEach(t.Context(), forgets, "server", explore.Options{KeepGoing: true})
	if err != nil || r.Schedules < 20 || len(r.Failures) == 0 {
		t.Fatalf("got %v, %v", r, err)
	}
	found := false
	for _, f := range r.Failures {
		again, err := explore.Replay(t.Context(), forgets, f.Plan, explore.Options{})
		if err != nil || again.Cause != f.Cause {
			t.Errorf("the replay came to %v, %v; want %s", again, err, f.Cause)
		}
		found = found || strings.Contains(f.String(), "got 0") && strings.Contains(f.String(), "It fails if server crashes before step ")
	}
	if !found {
		t.Errorf("no crash made the server forget: %v", r)
	}
}
