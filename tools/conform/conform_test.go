package conform_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestBackendsOfThisProject has no TestMain: its children dispatch in it. Under the race detector it
// runs on one engine, and writes no page: others run there in packages virtual, differential and netns.
func TestBackendsOfThisProject(t *testing.T) {
	suite := conform.Suite{
		Engines: append(runner.Engines(), natsengine.Engines()...),
		Page:    "../../docs/conformance.md",
	}
	if race.Factor > 1 {
		suite = conform.Suite{Engines: []engine.Engine{subprocess.On(transports.TLS())}}
	}
	conform.Test(t, suite)
}

// named is a backend over Unix sockets whose processes are those of a binary that
// dispatches in a test.
func named(name string) engine.Backend {
	return &transports.Backend{
		BackendName: name,
		New:         func() p2p.Transport { return unix.Transport{} },
		Address:     func(dir, name string) string { return filepath.Join(dir, name) },
	}
}

// local is a backend that is run on goroutines alone.
func local() engine.Backend {
	return &transports.Backend{BackendName: "local", New: func() p2p.Transport { return memory.New() }, OneProcess: true}
}

// leaky is a transport in memory each of whose connections leaves a socket behind,
// beneath what the engine counts.
type leaky struct{ p2p.Transport }

// kept keeps what leaky leaves behind from the garbage collector, which would close it.
var kept struct {
	sync.Mutex
	all []net.Conn
}

func (l leaky) Dial(ctx context.Context, address string) (net.Conn, error) {
	left, err := net.Dial("udp", "127.0.0.1:9") // Nothing is sent.
	if err != nil {
		return nil, err
	}
	kept.Lock()
	defer kept.Unlock()
	kept.all = append(kept.all, left)
	return l.Transport.Dial(ctx, address)
}

// failing fails with another report in every run.
var failing = drivers.Scenario{Name: "made/to-fail", Rule: "a known failure is the same page in every run", Drivers: func(*drivers.Env) []*drivers.Driver {
	return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Do("fail", func(context.Context, *drivers.Scope) error {
		return fmt.Errorf("failed at %v", time.Now())
	}))}
}}

// onceMore fails in its second run alone.
var onceMore = func() drivers.Scenario {
	var runs atomic.Int32
	return drivers.Scenario{Name: "made/to-fail-once", Rule: "a failure that is rare shows in repeats", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Do("fail once", func(context.Context, *drivers.Scope) error {
			if runs.Add(1) == 2 {
				return errors.New("the second run")
			}
			return nil
		}))}
	}}
}()

// hanging is what a backend that is badly broken makes of all scenarios.
var hanging = drivers.Scenario{Name: "made/to-hang", Rule: "go test's timeout takes no verdict", Timeout: time.Hour, Drivers: func(*drivers.Env) []*drivers.Driver {
	return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Within(time.Hour, drivers.Do("hang", func(ctx context.Context, _ *drivers.Scope) error {
		<-ctx.Done()
		return ctx.Err()
	})))}
}}

// saboteur is the backend with the defect of that name.
func saboteur(name string) engine.Backend {
	for _, s := range saboteurs.All() {
		if s.Name() == name {
			return s.Backend
		}
	}
	panic("there is no saboteur " + name)
}

// inner is set in the environment of this binary when it is started to be looked at.
const inner = "LAHJA_TEST_INNER"

// besideVariable has TestInner run beside another test.
const besideVariable = "LAHJA_TEST_BESIDE"

// TestInner is what TestOutcomes looks at.
func TestInner(t *testing.T) {
	if os.Getenv(besideVariable) != "" {
		t.Parallel()
	}
	leaking := &transports.Backend{BackendName: "leaky", New: func() p2p.Transport { return leaky{memory.New()} }, OneProcess: true}
	suites := map[string]conform.Suite{
		"nothing": {},
		"unmatched": {Backends: []engine.Backend{named("plain")},
			Known: []runner.KnownFailure{{Scenario: "order/*", Engine: "*+plane", Reason: "a slip"}}},
		"unexpected": {Backends: []engine.Backend{named("plain")},
			Known: []runner.KnownFailure{{Scenario: "order/one-sender", Reason: "mended since"}}},
		"leaky":  {Backends: []engine.Backend{leaking}},
		"shared": {Backends: []engine.Backend{leaking}, Shared: true},
		"torn":   {Backends: []engine.Backend{saboteur("cuts-the-tail")}},
		"kept":   {Backends: []engine.Backend{saboteur("keeps-write-buffers")}},
		"endless": {Backends: []engine.Backend{local()}, Engines: []engine.Engine{engine.OnGoroutines(transports.Memory())},
			Scenarios: []drivers.Scenario{failing, hanging}, Reports: []string{os.Getenv("LAHJA_TEST_PAGE")}},
		"args": {Engines: []engine.Engine{subprocess.Engine{Backends: []engine.Backend{named("args")}, Args: []string{"-test.v", "mine"}}}},
		"untested": {Backends: []engine.Backend{local(), defective.Unwritten()},
			Known: []runner.KnownFailure{{Scenario: "*", Engine: "*+unwritten", Reason: "not written yet"}}},
		"excused": {Backends: []engine.Backend{local()}, Page: os.Getenv("LAHJA_TEST_PAGE"), Scenarios: []drivers.Scenario{failing},
			Known: []runner.KnownFailure{{Scenario: failing.Name, Reason: "made to"}}},
		"repeated":   {Backends: []engine.Backend{local()}, Scenarios: []drivers.Scenario{onceMore}, Repeat: 3},
		"negative":   {Backends: []engine.Backend{local()}, Repeat: -1},
		"unwritable": {Backends: []engine.Backend{local()}, Reports: []string{filepath.Join(os.DevNull, "report.md")}},
		"page":       {Backends: []engine.Backend{local()}, Page: os.Getenv("LAHJA_TEST_PAGE")},
	}
	s, ok := suites[os.Getenv(inner)]
	if !ok {
		return // Not started by TestOutcomes.
	}
	conform.Test(t, s)
}

// beforeAnyRun is the rest of what is printed where nothing was run.
const beforeAnyRun = `[^\n]*\n--- FAIL: TestInner \([^\n]*\nFAIL\n$`

func TestOutcomes(t *testing.T) {
	if race.Factor > 1 {
		t.Skip("it starts this program two dozen times and reads what it prints, in which there is nothing to race")
	}
	dir := t.TempDir()
	written, other, excused := filepath.Join(dir, "written.md"), filepath.Join(dir, "other.md"), filepath.Join(dir, "excused.md")
	if err := os.WriteFile(other, []byte("# Conformance\n\nAll is well.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const one, all = "^TestInner$/^.*$/^order$/^one-sender$", "^TestInner$"
	for _, c := range []struct {
		suite, run, page, update string
		fails                    bool
		want                     string
	}{
		{"nothing", all, "", "", true, `neither Backends nor Engines`},
		{"unmatched", one, "", "", true, `the known failure order/\* on \*\+plane \(a slip\) matches no scenario`},
		{"unexpected", one, "", "", true, `it passed, but is listed as a known failure \(order/one-sender: mended since\)`},
		{"leaky", one, "", "", true, `left behind: descriptor: \d+ \(socket:\[\d+\]\) was not closed`},
		{"shared", one, "", "", false, `--- PASS: TestInner/goroutine\+leaky/order/one-sender`},
		{"args", one, "", "", false, `--- PASS: TestInner/subprocess\+args/order/one-sender`},
		{"untested", all, "", "", true, `(?s)nothing passed on goroutine\+unwritten: every scenario is unsupported there, or known to fail.*` +
			`--- PASS: TestInner/goroutine\+local`},
		{"untested", "^TestInner$/^.*$/^order$", "", "", false, `--- SKIP: TestInner/goroutine\+unwritten/order/one-sender`},
		{"unexpected", one, "", "", true, `--- FAIL: TestInner/subprocess\+plain/order/one-sender`},
		{"page", all, written, "1", false, `--- PASS: TestInner/goroutine\+local/order/one-sender`},
		{"page", one, written, "", false, `no reports, as only 1 of \d+ were run`},
		{"page", all, written, "", false, `--- SKIP: TestInner/goroutine\+local/malformed/first-message`},
		{"excused", all, excused, "1", false, `--- SKIP: TestInner/goroutine\+local/made/to-fail`},
		{"excused", all, excused, "", false, `--- SKIP: TestInner/goroutine\+local/made/to-fail`},
		{"page", all, other, "", true, `other.md:3 is not what came out`},
		{"page", all, filepath.Join(dir, "missing.md"), "", true, `LAHJA_UPDATE=1 writes it` + beforeAnyRun},
		{"page", all, filepath.Join(dir, "page.txt"), "1", true, `give it the ending .md` + beforeAnyRun},
		{"page", all, filepath.Join(dir, "missing", "page.md"), "1", true, `page.md cannot be written` + beforeAnyRun},
		{"repeated", "^TestInner$/^.*$/^made$", "", "", true, `(?s)in run 2 of 3 \(Suite.Repeat\):.*the second run.*` +
			`--- PASS: TestInner/goroutine\+local/made.*--- FAIL: TestInner/goroutine\+local#01/made.*--- PASS: TestInner/goroutine\+local#02/made`},
		{"torn", "^TestInner$/^.*$/^(order|close|transport)$", "", "", true, `look at the first one before the others: transport/close-delivers on goroutine\+cuts-the-tail\s+` +
			`rule: What was written before Close arrives.*\s+.*262143 of 262144 bytes arrived`},
		{"kept", "^TestInner$/^.*$/^(connect|transport)$/^(idle-lasts|write-keeps-nothing)$", "", "", true, `look at the first one before the others: transport/write-keeps-nothing on goroutine\+keeps-write-buffers\s+rule: `},
		{"negative", all, "", "", true, `Suite.Repeat is -1; it is how many times everything is run` + beforeAnyRun},
		{"unwritable", all, "", "", true, `report.md cannot be written` + beforeAnyRun},
	} {
		t.Run(c.suite+" "+filepath.Base(c.page)+c.update, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run="+c.run, "-test.v")
			cmd.Env = append(os.Environ(), inner+"="+c.suite, "LAHJA_TEST_PAGE="+c.page, "LAHJA_UPDATE="+c.update)
			out, err := cmd.CombinedOutput()
			if failed := err != nil; failed != c.fails || !regexp.MustCompile(c.want).Match(out) {
				t.Errorf("got %v, want failure %v and %q:\n%s", err, c.fails, c.want, tail(out))
			}
		})
	}
	page, err := os.ReadFile(written)
	if err != nil || !strings.Contains(string(page), "| 1 | `goroutine+local` |") {
		t.Errorf("got %v and\n%s", err, page)
	}
}

// tail is the end of what was printed.
func tail(out []byte) string {
	lines := strings.Split(string(out), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

func TestTimeoutOfGoTestTakesNoVerdict(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(os.Args[0], "-test.run=^TestInner$/^.*$/^made$", "-test.v", "-test.timeout=4s")
	cmd.Env = append(os.Environ(), inner+"=endless", "LAHJA_TEST_PAGE="+report)
	out, err := cmd.CombinedOutput()
	want := `(?s)1 of \d+ were run, as the time that go test gives \(-timeout\) is almost up; 1 failed, first made/to-fail on goroutine\+local: ` +
		`.*--- FAIL: TestInner/goroutine\+local/made/to-hang .*\nFAIL\n$`
	if err == nil || !regexp.MustCompile(want).Match(out) || !strings.Contains(string(out), "--- SKIP: TestInner/goroutine+memory") {
		t.Errorf("got %v, want a failure and %q:\n%s", err, want, tail(out))
	}
	data, err := os.ReadFile(report)
	for _, want := range []string{`"interrupted": "the time that go test gives`, `"verdict": "failed"`} {
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("got %v, want a report with %q:\n%s", err, want, data)
		}
	}
	if strings.Contains(string(data), "cancelled from outside") {
		t.Errorf("what was interrupted counts as a failure:\n%s", data)
	}
}

func TestDescriptorsOfTestsThatRunBesideOthersAreNotBlamed(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestInner$/^.*$/^order$/^one-sender$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=leaky", besideVariable+"=1")
	out, err := cmd.CombinedOutput()
	if want := "it runs in parallel, so descriptors are compared only as far as they went through the engine"; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("got %v, want it to pass with %q:\n%s", err, want, tail(out))
	}
}

func TestEngineThatIsNamedTwiceIsRunOnce(t *testing.T) {
	one := local()
	s := conform.Suite{Backends: []engine.Backend{one}, Engines: []engine.Engine{engine.OnGoroutines(one)}}
	if got := s.Runner().Engines; len(got) != 1 {
		t.Errorf("got %d engines, want one", len(got))
	}
}

func TestArgumentsOfChildrenAreKept(t *testing.T) {
	own := subprocess.On(named("own"))
	own.Args = []string{"-config=mine"}
	other := subprocess.On(named("other"))
	other.Args = []string{"-config=theirs"}
	for i, e := range (conform.Suite{Engines: []engine.Engine{own, other}}).Runner().Engines {
		if got, want := e.(subprocess.Engine).Args, []string{"-config=mine", "-config=theirs"}[i:i+1]; !slices.Equal(got, want) {
			t.Errorf("%s: got the arguments %q, want %q", e.Name(), got, want)
		}
	}
}

func TestDifferentEnginesOfOneNameAreRefused(t *testing.T) {
	other := local()
	s := conform.Suite{Backends: []engine.Backend{local()}, Engines: []engine.Engine{engine.OnGoroutines(other)}}
	defer func() {
		if p := recover(); p == nil {
			t.Error("one of two different engines was dropped without a word")
		}
	}()
	s.Runner()
}

func TestTimeoutsOfASuiteComeFirst(t *testing.T) {
	known := []runner.KnownFailure{{Scenario: "order/*", Reason: "a slip"}}
	s := conform.Suite{ActionTimeout: time.Minute, Known: known, Settings: runner.Runner{ActionTimeout: time.Second, Timeout: time.Hour}}
	got := s.RunSettings()
	if got.ActionTimeout != time.Minute || got.Timeout != time.Hour || len(got.Known) != 1 {
		t.Errorf("got timeouts of %v and %v and %d known failures; want 1m, 1h and 1", got.ActionTimeout, got.Timeout, len(got.Known))
	}
}
