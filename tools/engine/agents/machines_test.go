package agents_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/machines"
	"github.com/lahja/go-lahja/tools/internal/race"
)

// someOf are how many scenarios run where all would take too long.
const someOf = 30

// chosen are the names of the scenarios that the tests on machines run.
func chosen() (names []string) {
	all := scenarios.All()
	every := 1
	if testing.Short() || race.Factor > 1 {
		every = len(all) / someOf
	}
	for i := 0; i < len(all); i += every {
		names = append(names, all[i].Name)
	}
	return names
}

// outcome is a line of lahja run --json.
type outcome struct {
	Scenario, Engine, Verdict, Report, Reason string
	Seconds                                   float64
}

// recordings is where runs are recorded, on the machine where they began.
const recordings = "/tmp/recordings"

// laptopRun is lahja run on a machine outside.
type laptopRun struct {
	*machines.Running
	out *output
}

// run starts lahja run.
func (f *fleet) run(on string, args ...string) laptopRun {
	f.t.Helper()
	out := &output{changed: make(chan struct{}, 1)}
	env := []string{"LAHJA_NATS=" + outsideURL, "LAHJA_NATS_BUS=" + insideURL, "LAHJA_AGENT_KEY=" + keyFile}
	if f.closed {
		env = append(env, "LAHJA_NATS_CREDS="+peopleFile, "LAHJA_NATS_BUS="+busURL)
	}
	slow := []string{"--timeout", (race.Factor * 30 * time.Second).String(), "--action-timeout", (race.Factor * 5 * time.Second).String()}
	return laptopRun{f.start(f.lab.Machine(on), out, env, slices.Concat([]string{"run", "--json"}, slow, args)...), out}
}

// outcomes waits for the end of a run.
func (r laptopRun) outcomes(t testing.TB) (all []outcome) {
	t.Helper()
	ended := r.Wait() // with exit code 1 if something has failed, which the lines say, too
	for line := range strings.Lines(r.out.String()) {
		var o outcome
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("lahja run ended (%v) and said %s", ended, r.out)
		}
		all = append(all, o)
	}
	return all
}

// unsupported are the scenarios, of those with these names, that an engine lacks something for.
func unsupported(names []string, e engine.Engine) (all []string) {
	for _, s := range scenarios.All() {
		if slices.Contains(names, s.Name) && len(engine.Missing(e, s.Needs)) > 0 {
			all = append(all, s.Name)
		}
	}
	return all
}

// judge expects that all scenarios have passed which are supported on one machine.
func judge(t *testing.T, names []string, all []outcome, backends ...engine.Backend) {
	t.Helper()
	for _, b := range backends {
		passed, missing := 0, []string(nil)
		for _, o := range all {
			switch {
			case o.Engine != "agents+"+b.Name():
			case o.Verdict == "passed":
				passed++
			case o.Verdict == "unsupported":
				missing = append(missing, o.Scenario)
			default:
				t.Errorf("%s\n%s", o.Reason, o.Report)
			}
		}
		want := unsupported(names, subprocess.On(b))
		slices.Sort(missing)
		slices.Sort(want)
		if !slices.Equal(missing, want) || passed+len(missing) != len(names) {
			t.Errorf("over %s, %d of %d have passed, and unsupported are\n%v\nwant all but\n%v", b.Name(), passed, len(names), missing, want)
		}
	}
}

// checkTimes expects that what was recorded on the machines has times of the clock where the run began:
// those of a clock that is ahead are off by more than any run takes.
func (f *fleet) checkTimes(on string, least int) {
	f.t.Helper()
	files, err := filepath.Glob(f.lab.Machine(on).Path(recordings + "/*/run.jsonl"))
	if err != nil || len(files) < least {
		f.t.Errorf("%d runs were recorded on %s, %v, want at least %d", len(files), on, err, least)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var entry struct{ T time.Duration }
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				f.t.Fatalf("%s: %v: %s", file, err, line)
			}
			if entry.T.Abs() > 80*time.Second {
				f.t.Errorf("%s has the time %v, of another clock: %s", file, entry.T, line)
				break
			}
		}
	}
}

// TestScenariosHoldOnThreeMachinesForTwoPeopleAtOnce runs everything with one clock that is 90 s
// ahead and one that is 90 s behind. What is shifted is every reading of the time of day in the agent
// and in the drivers' processes on that machine (machines.Act); the kernel's own dates, of files, are
// not.
func TestScenariosHoldOnThreeMachinesForTwoPeopleAtOnce(t *testing.T) {
	t.Parallel()
	var ahead map[string]time.Duration
	if machines.ClockShifts {
		ahead = map[string]time.Duration{"west": 90 * time.Second, "north": -90 * time.Second}
	} else {
		t.Log("all clocks are right: they can be shifted on linux/amd64 alone")
	}
	f := startFleet(t, setup{closed: true, ahead: ahead})
	names := chosen()
	arguments := func(engines ...string) (args []string) {
		for _, e := range engines {
			args = append(args, "--engine", e)
		}
		return append(append(args, "--record", recordings), names...)
	}
	one := f.run("laptop", arguments("agents+tcp", "agents+tls")...)
	other := f.run("desk", arguments("agents+nats-url")...)
	judge(t, names, one.outcomes(t), transports.TCP(), transports.TLS())
	judge(t, names, other.outcomes(t), natsengine.At(insideURL))
	f.checkTimes("laptop", 20)
	f.checkTimes("desk", 20)
	if left := f.left(); len(left) > 0 {
		t.Errorf("left are\n%s", strings.Join(left, "\n"))
	}
}
