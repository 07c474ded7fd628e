package runner_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestVerdicts runs what must be judged a failure on every engine that can, and
// reads the reports.
func TestVerdicts(t *testing.T) {
	for _, e := range runner.Engines() {
		for _, j := range verdicts {
			if !j.askedOf(e) {
				continue // TestVerdictsAreAsked pins that each is asked of some.
			}
			if race.Factor > 1 && !slices.Contains(racedEngines, e.Name()) {
				continue
			}
			t.Run(e.Name()+"/"+j.name, func(t *testing.T) { testVerdict(t, e, j) })
		}
	}
}

// racedEngines are those that are asked under the race detector: what judges is the same on all.
var racedEngines = []string{"goroutine+memory", "subprocess+unix"}

// askedOf reports whether the engine has what is needed.
func (j judged) askedOf(e engine.Engine) bool {
	can := func(e engine.Engine) bool { return len(e.Capabilities().Missing(j.needs)) == 0 }
	kind, _, _ := strings.Cut(e.Name(), "+")
	all := runner.Engines()
	first := slices.IndexFunc(all, func(e engine.Engine) bool { return can(e) && strings.HasPrefix(e.Name()+"+", kind+"+") })
	return can(e) && (!j.once || e.Name() == all[first].Name())
}

func testVerdict(t *testing.T, e engine.Engine, j judged) {
	r := runner.Runner{Engine: e, ActionTimeout: j.actionTimeout, Exclusive: true}
	report := r.Run(t.Context(), j.scenario())
	if j.after != nil && e.Capabilities().Has(engine.SharedMemory) {
		j.after()
	}
	text := report.String()
	if report.Verdict != runner.Failed {
		t.Fatalf("got verdict %s, want failed:\n%s", report.Verdict, text)
	}
	if engine.Printable(text) != text || len(text) > 256<<10 {
		t.Errorf("got a report of %d bytes, want one of at most 256 KiB without control characters: %.2000q", len(text), text)
	}
	if got := report.Failures[0].Kind; got != j.kind {
		t.Errorf("got a failure of kind %s, want %s", got, j.kind)
	}
	for _, want := range append(j.says, `FAILED verdict/`+j.name+` on `+regexp.QuoteMeta(e.Name())+` \(`, `rule: this must fail`) {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the report does not match %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestVerdictsAreAsked pins that every engine is asked for most verdicts, and
// that every verdict is asked of some engine.
func TestVerdictsAreAsked(t *testing.T) {
	want := map[string]int{
		"goroutine+memory": 44, "goroutine+unix": 33, "goroutine+tcp": 33, "goroutine+tls": 33, "virtual": 43,
		"subprocess+unix": 63, "subprocess+unix,unix-uncompressed": 49, "subprocess+tcp": 49, "subprocess+tls": 49,
		"mixed+tcp,tcp-uncompressed": 41, "mixed+tls,tls-uncompressed": 30,
	}
	asked := map[string]bool{}
	for _, e := range runner.Engines() {
		n := 0
		for _, j := range verdicts {
			if j.askedOf(e) {
				n++
				asked[j.name] = true
			}
		}
		if n != want[e.Name()] {
			t.Errorf("%s is asked for %d verdicts, want %d", e.Name(), n, want[e.Name()])
		}
	}
	for _, j := range verdicts {
		if !asked[j.name] {
			t.Errorf("verdict %s is asked of no engine", j.name)
		}
	}
}

// varying is what differs from run to run in a report: times, and how far the
// other driver had come.
var varying = regexp.MustCompile(`(\d+(\.\d+)?(µs|ms|s)\b)|0x[0-9a-f]+|lahja-\d+|client: action .*`)

// TestReportIsTheSameFromAChild compares reports of the same failure from drivers
// that ran as goroutines and as processes.
func TestReportIsTheSameFromAChild(t *testing.T) {
	goroutine := engine.OnGoroutines(transports.Unix())
	subprocess := subprocess.On(transports.Unix())
	for _, name := range []string{"assertion-in-driver", "assertion-in-handler", "throws-another", "checkpoint-party-ended", "action-outlives-its-timeout"} {
		t.Run(name, func(t *testing.T) {
			j := verdictNamed(t, name)
			text := func(e engine.Engine) string {
				r := runner.Runner{Engine: e, ActionTimeout: j.actionTimeout}
				report := r.Run(t.Context(), j.scenario())
				report.Failures = report.Failures[:1] // How others end is a matter of who was first.
				return strings.ReplaceAll(varying.ReplaceAllString(report.String(), "~"), e.Name(), "ENGINE")
			}
			// Where lines are broken varies with the times in them.
			words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
			if a, b := text(goroutine), text(subprocess); words(a) != words(b) {
				t.Errorf("the reports differ.\nAs goroutines:\n%s\nAs processes:\n%s", a, b)
			}
		})
	}
}

func verdictNamed(t *testing.T, name string) judged {
	t.Helper()
	for _, j := range verdicts {
		if j.name == name {
			return j
		}
	}
	t.Fatalf("there is no verdict %q", name)
	return judged{}
}

// TestCancelledFromOutside pins that a run which its caller cancels has failed.
func TestCancelledFromOutside(t *testing.T) {
	for _, e := range runner.Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			r := runner.Runner{Engine: e, Progress: func(_ string, record engine.Record) {
				if record.Kind == engine.RecordStep && record.Step.Index == 1 {
					cancel()
				}
			}}
			report := r.Run(ctx, waitForever)
			if report.Verdict != runner.Failed || !strings.Contains(report.Reason, "cancelled from outside") {
				t.Errorf("got %s", report)
			}
		})
	}
}

var waitForever = drivers.Scenario{
	Name: "verdict/wait-forever",
	Rule: "nobody sends what this waits for",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("patient"), drivers.Opaque(drivers.WaitFor[Tick]()))}
	},
}
