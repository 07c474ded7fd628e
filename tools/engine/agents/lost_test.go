//go:build unix

package agents_test

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/internal/race"
)

// slack is what the end of a run may take beyond the time in which its cause is known, on a machine
// that is busy.
const slack = race.Factor * 3 * time.Second

// lose runs trio on three machines and does something to them. The run is to fail within the bound
// with a text that has all of want. It returns when everything has ended everywhere.
func lose(t *testing.T, f *fleet, bound time.Duration, do func(r laptopRun) error, want ...string) {
	t.Helper()
	r := f.run("laptop", "--timeout", "1m", "--action-timeout", "1m", "--parallel", "1", "--engine", "agents+tcp", trio.Name)
	f.await(3, time.Minute)
	began := time.Now()
	if err := do(r); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.Ended():
	case <-time.After(bound + slack):
		t.Errorf("the run goes on for longer than %v", bound+slack)
		_ = r.Signal(os.Kill) // It is known to run.
	}
	t.Logf("the run ended after %v, want about %v", time.Since(began), bound)
	for _, text := range want {
		if !strings.Contains(r.out.String(), text) {
			t.Errorf("there is no %q in\n%s", text, r.out)
		}
	}
}

// await returns when so many drivers run on the machines inside.
func (f *fleet) await(n int, within time.Duration) {
	f.t.Helper()
	began := time.Now()
	for {
		left := f.left()
		processes := 0
		for _, what := range left {
			if strings.HasPrefix(what, "process ") {
				processes++
			}
		}
		if processes == n && (n > 0 || len(left) == 0) {
			f.t.Logf("%d processes run, after %v", n, time.Since(began))
			return
		}
		if time.Since(began) > within {
			f.t.Fatalf("after %v, there are\n%s\nwant %d processes", within, strings.Join(left, "\n"), n)
		}
		time.Sleep(20 * time.Millisecond) // It is looked at again.
	}
}

// restartAgent starts the agent of a machine again.
func (f *fleet) restartAgent(name string) {
	f.t.Helper()
	f.startAgent(name)
	awaitAgents(f.t, f.conn, len(inside))
}

// TestAKilledAgentIsNamedAndTheOthersGoOn has the next run do with the agents that are left.
func TestAKilledAgentIsNamedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	r := f.run("laptop", "--timeout", "1m", "--action-timeout", "1m", "--parallel", "1", "--engine", "agents+tcp", trio.Name, brief.Name)
	f.await(3, time.Minute)
	killed := time.Now()
	if err := f.agents["west"].Signal(os.Kill); err != nil {
		t.Fatal(err)
	}
	f.awaitEnd(trio.Name, time.Second+slack)
	t.Logf("its run ended after %v, want about 1s", time.Since(killed))
	all := r.outcomes(t)
	if len(all) != 2 || all[0].Verdict != "failed" || !strings.Contains(all[0].Report, "agent west on west has ended") || all[1].Verdict != "passed" {
		t.Errorf("got %+v, want a run that fails, as agent west has ended, and one that passes on what is left", all)
	}
	f.restartAgent("west") // It removes what the one before has left.
	f.await(0, 5*time.Second+slack)
}

func TestAnAgentWhoseNetworkIsCutIsNamed(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	west := f.lab.Machine("west")
	lose(t, f, 4*time.Second, func(laptopRun) error { return west.Unplug(t.Context()) }, "nothing was heard of agent west on west")
	f.await(0, 5*time.Second+slack) // also on west
	if err := west.Plug(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitAgents(t, f.conn, len(inside))
}

func TestAnOwnNetworkThatIsCutIsNamed(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	lose(t, f, 4*time.Second, func(laptopRun) error { return f.lab.Machine("laptop").Unplug(t.Context()) },
		"nothing was heard of NATS at "+outsideURL, "or the network to it is cut")
	f.await(0, 5*time.Second+slack)
}

func TestARunOutlivesARestartOfNATSOnMachines(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	r := f.run("laptop", "--engine", "agents+tcp", talks.Name)
	f.await(3, time.Minute)
	f.stopServer()
	time.Sleep(time.Second) // That long there is none.
	f.startServer()
	for _, o := range r.outcomes(t) {
		if o.Verdict != "passed" {
			t.Error(o.Report)
		}
	}
	f.await(0, 5*time.Second+slack)
}

func TestNATSThatIsGoneForGoodIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 15 s, most of which it waits")
	}
	t.Parallel()
	f := startFleet(t, setup{})
	lose(t, f, 11*time.Second, func(laptopRun) error { f.stopServer(); return nil }, "NATS at "+outsideURL+" has been away for 10")
	f.await(0, 5*time.Second+slack)
}

func TestAnInterruptEndsWhatRunsOnMachines(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	lose(t, f, time.Second, func(r laptopRun) error { return r.Signal(syscall.SIGINT) }, "interrupt")
	f.await(0, slack)
}

// TestAKilledParentLeavesNothingAndOthersGoOn has two people run at once. One of them is killed, and the
// other's scenarios pass.
func TestAKilledParentLeavesNothingAndOthersGoOn(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{})
	names := chosen()[:15]
	other := f.run("desk", append([]string{"--engine", "agents+tls", "--repeat", "2"}, names...)...)
	lose(t, f, 0, func(r laptopRun) error { return r.Signal(os.Kill) })
	killed := time.Now()
	f.awaitEnd(trio.Name, 5*time.Second+slack)
	t.Logf("its processes ended after %v", time.Since(killed))
	for _, o := range other.outcomes(t) {
		if o.Verdict != "passed" && o.Verdict != "unsupported" {
			t.Error(o.Report)
		}
	}
	f.await(0, 5*time.Second+slack)
}

// awaitEnd returns when no process of a scenario runs any more.
func (f *fleet) awaitEnd(scenario string, within time.Duration) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), within)
	defer cancel()
	for {
		left := strings.Join(f.left(), "\n")
		if !strings.Contains(left, "scenario="+scenario) {
			return
		}
		if ctx.Err() != nil {
			f.t.Errorf("after %v there are\n%s", within, left)
			return
		}
		time.Sleep(20 * time.Millisecond) // It is looked at again.
	}
}

func TestAFullAgentSaysSoToTheNextPerson(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 10 s, most of which it waits")
	}
	t.Parallel()
	f := startFleet(t, setup{flags: []string{"--capacity", "1"}})
	lose(t, f, time.Second, func(r laptopRun) error {
		for _, o := range f.run("desk", "--engine", "agents+tcp", brief.Name).outcomes(t) {
			if !strings.Contains(o.Report, "is full: its capacity is 1, and for 10s there was no room for 1 more") {
				t.Errorf("the next run %s: %s", o.Verdict, o.Report)
			}
		}
		return r.Signal(syscall.SIGINT)
	})
	f.await(0, slack)
}

// TestRunsWaitForRoom has more runs at once than there is room for, each of which needs all agents.
func TestRunsWaitForRoom(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{flags: []string{"--capacity", "1"}})
	args := []string{"--parallel", "4", "--repeat", "5", "--engine", "agents+tcp", meet.Name}
	one, other := f.run("laptop", args...), f.run("desk", args...)
	for _, o := range append(one.outcomes(t), other.outcomes(t)...) {
		if o.Verdict != "passed" {
			t.Error(o.Report)
		}
	}
}
