package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func pointer[T any](v T) *T { return &v }

// TestEverything measures every case in real processes, with few events. It checks that there
// are figures, and not which.
func TestEverything(t *testing.T) {
	for _, o := range []Options{
		{Measures: []string{Fanout}, Consumers: 2, Events: 300},
		{Measures: []string{RoundTrip, Local, Idle}, Events: 300},
		{Measures: []string{ScenarioRate}, Events: 1},
		{Measures: []string{Bridge}, Consumers: 2, Events: 300},
	} {
		o.Rounds = 1
		t.Run(strings.Join(o.Measures, ","), func(t *testing.T) {
			cases, err := Plan(o)
			if err != nil {
				t.Fatal(err)
			}
			results, err := Measure(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != len(cases) {
				t.Fatalf("got %d results, want %d", len(results), len(cases))
			}
			for i, r := range results {
				if r.Case != cases[i] || r.Rounds != 1 {
					t.Errorf("got %d rounds of %s, want 1 of %s", r.Rounds, r.Case, cases[i])
				}
				if !(r.Seconds > 0 && r.PerSecond > 0 && r.Ratio > 0 && r.CPU > 0 && r.Memory > 0) {
					t.Errorf("%s: a figure is missing: %+v", r.Case, r)
				}
				if r.System == Lahja && r.Ratio != 1 {
					t.Errorf("%s: got ratio %v, want 1", r.Case, r.Ratio)
				}
				if r.Measure != Idle && !(0 < r.Fastest && r.Fastest <= r.P50 && r.P50 <= r.P99 && r.P99 <= r.Slowest) {
					t.Errorf("%s: latencies are missing or out of order: %+v", r.Case, r)
				}
			}
		})
	}
}

func TestScale(t *testing.T) {
	for _, g := range growths {
		c := Case{Measure: Scale, System: Lahja, Subject: g.subject, Size: g.sizes[0], Events: 2, Consumers: 1}
		if g.payload {
			c.Payload = c.Size
		}
		if r, err := (Options{}).once(t.Context(), c, 1); err != nil || !(r.Seconds > 0 && r.Memory > 0) {
			t.Errorf("%s: got %+v, %v", c, r, err)
		}
	}
}

func TestDefects(t *testing.T) {
	for _, c := range []struct {
		run    func(context.Context, *fleet, Case) (Run, error)
		system string
		want   string
	}{
		{fanout, dying, "receiver 1 ended with exit code 0"},
		{fanout, losing, "event 100 came instead of event 99: events were lost, or came out of order"},
		{fanout, cutting, "nothing has happened for 500ms"},
		{fanout, changing, "is not the 10 bytes that were sent"},
		{fanout, "unheard-of", "unheard-of does not send to processes"},
		{roundTrip, cutting, "nothing has happened for 500ms"},
		{roundTrip, "unheard-of", "unheard-of does not ask"},
		{local, "unheard-of", "unheard-of does not send within a process"},
	} {
		t.Run(c.system, func(t *testing.T) {
			stall := DefaultStall
			if c.system == cutting {
				stall = 500 * time.Millisecond
			}
			f, err := newFleet(stall)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.run(t.Context(), f, Case{System: c.system, Codec: DefaultCodec, Payload: 10, Consumers: 2, Events: 200})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
			if err := f.close(); err != nil {
				t.Error(err)
			}
			for _, p := range f.all {
				if p.cmd.ProcessState == nil {
					t.Errorf("%s was not waited for", p.name)
				}
			}
			if _, err := os.Stat(f.dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left behind: %v", f.dir, err)
			}
		})
	}
}

// TestFailedCase makes one system fail. It has no figures, and the others have theirs.
func TestFailedCase(t *testing.T) {
	fanoutSystems := measures[0].systems
	measures[0].systems = append(slices.Clone(fanoutSystems), losing)
	defer func() { measures[0].systems = fanoutSystems }()
	o := Options{Measures: []string{Fanout}, Systems: []string{Limit, losing, Lahja}, Payload: pointer(10), Consumers: 1, Events: 200, Rounds: 2}
	results, err := Measure(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "fanout losing default x1 10 B, round 1: bench: receiver 0: event 100 came instead") {
		t.Errorf("got %v", err)
	}
	want := 0
	for _, c := range must(Plan(o)) {
		if c.System != losing {
			want++
		}
	}
	for _, r := range results {
		if r.System == losing || r.Rounds != 2 {
			t.Errorf("got %d rounds of %s", r.Rounds, r.Case)
		}
	}
	if len(results) != want {
		t.Errorf("got %d results, want %d", len(results), want)
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Measures: []string{Fanout}, Systems: []string{Lahja}, Events: 1 << 30, Consumers: 1,
		Progress: func(int, int, string) { time.AfterFunc(300*time.Millisecond, cancel) }}
	results, err := Measure(ctx, o)
	if !errors.Is(err, context.Canceled) || len(results) != 0 {
		t.Errorf("got %d results and %v, want none and that it was stopped", len(results), err)
	}
}

func TestCPUProfile(t *testing.T) {
	dir := t.TempDir()
	o := Options{Measures: []string{Fanout, RoundTrip}, Systems: []string{Lahja, Limit}, Payload: pointer(10), Consumers: 1, Events: 200, Rounds: 1, CPUProfile: dir}
	if _, err := Measure(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{
		"fanout-lahja-default-x1-10-B-round1-sender", "fanout-lahja-default-x1-10-B-round1-receiver0",
		"fanout-limit-default-x1-10-B-round1-sender", "fanout-limit-default-x1-10-B-round1-receiver0",
		"roundtrip-lahja-default-x1-10-B-round1-requester", "roundtrip-lahja-default-x1-10-B-round1-responder",
		"roundtrip-limit-default-x1-10-B-round1-requester", "roundtrip-limit-default-x1-10-B-round1-responder",
	} {
		file := filepath.Join(dir, of+".pprof")
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("got no profile: %v", err)
		}
	}
}

// TestOrphan closes the parent's end of a control connection, as the parent's end would.
func TestOrphan(t *testing.T) { orphan(t, NATS, func(string) {}) }

// orphan does so to the process of a system's server, after it calls started with the address.
func orphan(t *testing.T, system string, started func(address string)) {
	t.Helper()
	p := &process{name: "orphan", ended: make(chan struct{})}
	dir := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.start(job{Role: "server", System: system, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	var m message
	if err := p.lines.receive(&m); err != nil || m.Kind != messageListening {
		t.Fatalf("got %+v, %v", m, err)
	}
	started(m.URL)
	p.lines.file.Close()
	late := time.AfterFunc(DefaultStall, p.kill)
	defer late.Stop()
	_ = p.cmd.Wait() // the exit code says how it ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitOrphan {
		t.Errorf("got exit code %d, want %d; its output: %s", code, exitOrphan, &p.out)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind: %v", dir, err)
	}
}

func TestRefusesChildren(t *testing.T) {
	f, err := newFleet(time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	dispatched = false
	_, err = f.start("a child", job{})
	dispatched = true
	if err == nil || !strings.Contains(err.Error(), "bench.Dispatch was not called") {
		t.Errorf("got %v", err)
	}
	t.Setenv(childEnv, "1")
	if _, err := f.start("a child", job{}); err == nil || !strings.Contains(err.Error(), "is itself a child") {
		t.Errorf("got %v", err)
	}
}

// TestLinks keeps the NATS server out of programs that do not measure, and the plotting
// library out of programs that do.
func TestLinks(t *testing.T) {
	for program, c := range map[string]struct {
		links string
		heavy []string
	}{
		"../command": {"github.com/lahja/go-lahja/tools/runner", []string{"nats-server", "/tools/bench", "gonum.org"}},
		"../lahja":   {"github.com/lahja/go-lahja/tools/bench", []string{"gonum.org"}},
	} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, heavy := range c.heavy {
			if strings.Contains(string(out), heavy) {
				t.Errorf("%s links %s", program, heavy)
			}
		}
		if !strings.Contains(string(out), c.links+"\n") {
			t.Errorf("%s does not link %s: %s", program, c.links, out)
		}
	}
}
