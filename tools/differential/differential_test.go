package differential_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/runner"
)

type Tick struct{ N int }

// between is a scenario in which a client sends what a server receives.
func between(build func() (server, client []drivers.Action)) drivers.Scenario {
	return drivers.Scenario{Name: "diff/ticks", Rule: "the server sees what the client sends", Drivers: func(env *drivers.Env) []*drivers.Driver {
		config := env.Config("server")
		server, client := build()
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(config), server...),
			drivers.New(drivers.RunEndpoint("client"), append([]drivers.Action{drivers.ConnectToEndpoints(config)}, client...)...),
		}
	}}
}

func tick(i int) Tick { return Tick{N: i} }

// sent is what a client does to send five ticks.
func sent() []drivers.Action {
	return []drivers.Action{drivers.Checkpoint("listening"), drivers.BroadcastEach(5, tick), drivers.Sync("server"), drivers.Checkpoint("sent")}
}

// listening is what a server does around that.
func listening(subscribe, look drivers.Action) []drivers.Action {
	return []drivers.Action{subscribe, drivers.WaitUntilConnectedTo("client"), drivers.WaitUntilSubscriptionsKnown(),
		drivers.Checkpoint("listening"), drivers.Checkpoint("sent"), look}
}

var scenarios = map[string]drivers.Scenario{
	"drains, and checks nothing": between(func() (server, client []drivers.Action) {
		ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
		return listening(
				drivers.Stream(ticks), // here: 1
				drivers.Drain(ticks)), // here: 2
			sent()
	}),
	"handles, and fails once": between(func() (server, client []drivers.Action) {
		handler := func(_ context.Context, _ *drivers.Scope, e lahja.Event[Tick]) error {
			if e.Data.N == 2 {
				return lahja.ErrQueueFull
			}
			return nil
		}
		return listening(
			drivers.Subscribe(handler), // here: 3
			drivers.HandlerThrows(lahja.ErrQueueFull)), sent()
	}),
	"waits, and checks": between(func() (server, client []drivers.Action) {
		return []drivers.Action{drivers.Receives(Tick{N: 3})}, // here: 4
			[]drivers.Action{drivers.WaitAnyThenBroadcast(Tick{N: 3})}
	}),
	"expects any error": between(func() (server, client []drivers.Action) {
		return []drivers.Action{drivers.Checkpoint("done")}, []drivers.Action{
			drivers.ThrowsMatching(drivers.Broadcast(Tick{N: 3}), gomega.HaveOccurred()), // here: 5
			drivers.Checkpoint("done")}
	}),
}

// places replaces "here: N" by the file and line where that stands as a comment.
func places(t *testing.T, text string) string {
	t.Helper()
	source, err := os.ReadFile("differential_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(source), "\n") {
		if _, mark, ok := strings.Cut(line, "// here: "); ok {
			text = strings.ReplaceAll(text, "here: "+mark, fmt.Sprintf("differential_test.go:%d", i+1))
		}
	}
	return text
}

func memory() engine.Engine { return engine.OnGoroutines(transports.Memory()) }

func faulty(name string, alter defective.Alter) engine.Engine {
	return engine.OnGoroutines(defective.Memory(name, alter))
}

// forgetful loses the tick number 3, and liar makes a 30 of it. stubborn broadcasts
// what cannot be broadcast.
var (
	forgetful = faulty("forgetful", func(p any) any {
		if p == (Tick{N: 3}) {
			return nil
		}
		return p
	})
	liar = faulty("liar", func(p any) any {
		if p == (Tick{N: 3}) {
			return Tick{N: 30}
		}
		return p
	})
	stubborn = faulty("stubborn", func(any) any { return 3 })
)

func TestTheFirstDifferenceIsShown(t *testing.T) {
	for _, c := range []struct {
		name     string
		scenario string
		b        engine.Engine
		want     string
	}{
		{"lost from a stream", "drains, and checks nothing", forgetful, `
DIFFERENT diff/ticks on goroutine+memory and goroutine+forgetful
  rule: the server sees what the client sends
  driver server, action 6: Drain[Tick](ticks)
    declared at:         here: 2
    what:                event 4 from client, through Stream[Tick](ticks) of action 1 (here: 1)
    both before:         Tick{"N":0}, Tick{"N":1}, Tick{"N":2}
    goroutine+memory:    Tick{"N":3}, then Tick{"N":4}
    goroutine+forgetful: Tick{"N":4}
`},
		{"altered for a handler", "handles, and fails once", liar, `
DIFFERENT diff/ticks on goroutine+memory and goroutine+liar
  rule: the server sees what the client sends
  driver server, action 1: Subscribe[Tick](func)
    declared at:      here: 3
    what:             event 4 from client
    both before:      Tick{"N":1}, Tick{"N":2}, Tick{"N":2} on which the handler failed (queue full): queue full
    goroutine+memory: Tick{"N":3}, then Tick{"N":4}
    goroutine+liar:   Tick{"N":30}, then Tick{"N":4}
`},
		{"another verdict", "waits, and checks", liar, `
DIFFERENT diff/ticks on goroutine+memory and goroutine+liar
  rule: the server sees what the client sends
  driver server, action 1: Receives(Tick{N:3})
    declared at:      here: 4
    what:             event 1 from client
    goroutine+memory: Tick{"N":3}
    goroutine+liar:   Tick{"N":30}
  goroutine+memory passed
  goroutine+liar failed: server, action 1, Receives(Tick{N:3}): event from client: Expected <differential_test.Tick>: {N: 30} to equal <differential_test.Tick>: {N: 3}
`},
		{"another expected error", "expects any error", stubborn, `
DIFFERENT diff/ticks on goroutine+memory and goroutine+stubborn
  rule: the server sees what the client sends
  driver client, action 2: Broadcast(Tick{N:3})
    declared at:        here: 5
    what:               how it ended
    goroutine+memory:   failed (no subscribers): lahja: client: broadcast github.com/lahja/go-lahja/tools/differential_test.Tick: no subscribers: nobody subscribes to it; connected: client subscribes to nothing; server subscribes to nothing
    goroutine+stubborn: failed (invalid argument): lahja: client: type of: invalid argument: int is a int; events are structs: declare one around it
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := differential.Run(t.Context(), runner.Runner{}, scenarios[c.scenario], memory(), c.b)
			// How much of the rest is seen before everybody is stopped varies.
			text := regexp.MustCompile(`(?m)^  and \d+ more after that\n`).ReplaceAllString(got.String(), "")
			if want := places(t, strings.TrimPrefix(c.want, "\n")); text != want {
				t.Errorf("got:\n%s\nwant:\n%s", text, want)
			}
			if got.Err() == nil {
				t.Error("a difference is no error")
			}
		})
	}
}

func TestWhatDoesNotDifferIsTheSame(t *testing.T) {
	for _, s := range scenarios {
		c := differential.Run(t.Context(), runner.Runner{}, s, memory(), engine.OnGoroutines(transports.Unix()))
		if c.Verdict != differential.Same || c.Err() != nil {
			t.Errorf("got %s", c)
		}
		if len(c.A.Traces) != 2 || len(c.A.Traces[0].Sights) < 2 || len(c.B.Traces[0].Sights) < 2 {
			t.Errorf("nothing was compared: %+v", c.A.Traces)
		}
	}
}

func TestVerdicts(t *testing.T) {
	alone := func(actions ...drivers.Action) drivers.Scenario {
		return drivers.Scenario{Name: "alone", Drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"), actions...)}
		}}
	}
	fails := alone(drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errors.New("on purpose") }))
	files := alone()
	files.Needs = []engine.Need{engine.SocketFiles}
	open := scenarios["drains, and checks nothing"]
	open.Varies = "because"
	for _, c := range []struct {
		name     string
		scenario drivers.Scenario
		b        engine.Engine
		want     differential.Verdict
		says     string
	}{
		{"failed on both", fails, engine.OnGoroutines(transports.Unix()), differential.FailedAlike, "on purpose"},
		{"unsupported on one", files, engine.OnGoroutines(transports.Unix()), differential.Unsupported, "goroutine+memory unsupported: needs socket-files"},
		{"left open", open, forgetful, differential.Same, "verdicts alone were compared: because"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := differential.Run(t.Context(), runner.Runner{}, c.scenario, memory(), c.b)
			if got.Verdict != c.want || !strings.Contains(got.String(), c.says) {
				t.Errorf("got %s, want %s with %q", got, c.want, c.says)
			}
			if (got.Err() == nil) != (c.want == differential.Same) {
				t.Errorf("got the error %v", got.Err())
			}
		})
	}
}

func TestAnEngineThatDiffersFromItselfIsNamed(t *testing.T) {
	n := 0
	counting := faulty("counting", func(p any) any { n++; return Tick{N: n} })
	c := differential.Run(t.Context(), runner.Runner{}, scenarios["drains, and checks nothing"], counting, memory())
	if want := "hint: run again, goroutine+counting differs from itself"; !c.Unsteady || !strings.Contains(c.String(), want) {
		t.Errorf("got %s, want %q", c, want)
	}
}
