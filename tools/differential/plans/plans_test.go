package plans_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/differential/plans"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: []drivers.Scenario{plans.Scenario}, Engines: []engine.Engine{subprocess.On(natsengine.NATS())}})
	os.Exit(m.Run())
}

// TestRandomScenariosAreTheSameOnAllTransports takes a hundred plans, or as many as
// -rapid.checks says.
func TestRandomScenariosAreTheSameOnAllTransports(t *testing.T) {
	plans.Check(t, runner.Runner{}, engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(transports.Unix()),
		engine.OnGoroutines(transports.TCP()), engine.OnGoroutines(natsengine.NATS()))
}

// TestRandomScenariosAreTheSameInProcesses takes few, as processes cost more.
func TestRandomScenariosAreTheSameInProcesses(t *testing.T) {
	for seed := range 6 {
		p := rapid.Custom(plans.Draw).Example(seed)
		err := p.Run(t.Context(), runner.Runner{}, engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix()),
			subprocess.On(natsengine.NATS()))
		if err != nil {
			t.Errorf("%v\n%s", err, p.Source("random/found"))
		}
	}
}

// TestPlansAreNotTrivial holds the generator to what it is for: over a hundred plans
// everything that a plan can say is said.
func TestPlansAreNotTrivial(t *testing.T) {
	counts := map[string]int{}
	for seed := range 100 {
		count(counts, rapid.Custom(plans.Draw).Example(seed))
	}
	for _, what := range []string{"endpoints", "phases", "restart", "leave", "connect", "parallel", "open-stream", "close-stream",
		"subscribe", "unsubscribe", "serve", "broadcast", "request", "reconnect", "ask", "internal", "filter", "allow", "nowait", "refused", "answered"} {
		if counts[what] < 5 {
			t.Errorf("%d times %s in 100 plans, want 5 at least", counts[what], what)
		}
	}
	t.Log(counts)
}

func count(counts map[string]int, p plans.Plan) {
	counts["endpoints"] += len(p.Endpoints)
	counts["phases"] += len(p.Phases)
	source := p.Source("")
	counts["refused"] += strings.Count(source, "lahja.ErrNoSubscribers")
	counts["answered"] += strings.Count(source, ".Returns(")
	set := func(what string, is bool) {
		if is {
			counts[what]++
		}
	}
	for _, phase := range p.Phases {
		set("restart", phase.Restart != "")
		set("leave", phase.Leave != "")
		counts["connect"] += len(phase.Connect)
		counts["parallel"] += len(phase.Parallel)
		for _, s := range append(phase.Changes, phase.Sends...) {
			counts[string(s.Does)]++
			set("internal", s.Internal)
			set("filter", s.Does == plans.Broadcast && len(s.To) > 0)
			set("allow", s.AllowNoSubscribers)
			set("nowait", s.NoWait)
		}
	}
}

// witness is a test that may fail.
type witness struct {
	*testing.T
	mu     sync.Mutex
	text   strings.Builder
	failed bool
}

func (w *witness) Log(args ...any) { w.write(fmt.Sprintln(args...)) }

func (w *witness) Logf(format string, args ...any) { w.write(fmt.Sprintf(format+"\n", args...)) }

func (w *witness) Error(args ...any) { w.Log(args...); w.Fail() }

func (w *witness) Errorf(format string, args ...any) { w.Logf(format, args...); w.Fail() }

func (w *witness) Fatal(args ...any) { w.Log(args...); w.FailNow() }

func (w *witness) Fatalf(format string, args ...any) { w.Logf(format, args...); w.FailNow() }

func (w *witness) write(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.WriteString(text)
}

func (w *witness) Fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
}

func (w *witness) FailNow() { w.Fail(); runtime.Goexit() }

func (w *witness) Failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// check is plans.Check for a test that is to fail. It returns what was printed.
func check(t *testing.T, engines ...engine.Engine) (text string, failed bool) {
	t.Helper()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "1s", "rapid.seed": "1"} {
		before := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		defer flag.Set(name, before)
	}
	w := &witness{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		plans.Check(w, runner.Runner{}, engines...)
	}()
	<-done
	return w.text.String(), w.Failed()
}

func TestADefectIsFoundAndShrunk(t *testing.T) {
	for _, c := range []struct {
		name                      string
		alter                     defective.Alter
		broadcasts, subscriptions int
	}{
		{"loses", func(p any) any {
			if p == (scenarios.Tock{N: 2}) {
				return nil
			}
			return p
		}, 2, 1}, // There must be a first one for a second.
		{"alters", func(p any) any {
			if blob, ok := p.(scenarios.Blob); ok && len(blob.Data) > 5000 {
				return scenarios.Blob{N: blob.N, Data: blob.Data[:5000]}
			}
			return p
		}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, failed := check(t, engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(defective.Memory(c.name, c.alter)))
			if !failed {
				t.Fatal("the defect was not found")
			}
			for _, want := range []string{"DIFFERENT plans/random on goroutine+memory and goroutine+" + c.name, "as a scenario:", `Name: "random/found"`} {
				if !strings.Contains(text, want) {
					t.Errorf("%q was not printed", want)
				}
			}
			atMost := func(what, expression string, want int) {
				if n := len(regexp.MustCompile(expression).FindAllString(text, -1)); n > want {
					t.Errorf("the smallest plan that was found has %d %s, want %d at most", n, what, want)
				}
			}
			atMost("broadcasts", `drivers\.Broadcast(Each)?\(`, c.broadcasts)
			atMost("subscriptions", `drivers\.(Stream|Subscribe|ServeRequests)\(`, c.subscriptions)
			atMost("drivers", `drivers\.New\(`, 2)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}
