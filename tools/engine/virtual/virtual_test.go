package virtual_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/scenarios"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

func run(t *testing.T, e virtual.Engine, s d.Scenario) *runner.Report {
	t.Helper()
	return (&runner.Runner{Engine: e}).Run(t.Context(), s)
}

// TestSupportsWhatMemoryDoes pins that a scenario which runs in one process without files runs
// in virtual time.
func TestSupportsWhatMemoryDoes(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	for _, s := range scenarios.All() {
		there, here := engine.Missing(memory, s.Needs), engine.Missing(virtual.Engine{}, s.Needs)
		if len(there) == 0 && len(here) > 0 {
			t.Errorf("%s needs %v", s.Name, here)
		}
	}
}

// TestScenarios runs all scenarios: with everybody going on when they like, with links that
// take their time, and in random orders.
func TestScenarios(t *testing.T) {
	seeds := 3
	if race.Factor > 1 {
		seeds = 1
	}
	slow := virtual.Link{Latency: virtual.Uniform(time.Millisecond, 5*time.Millisecond), BytesPerSecond: 64 << 20}
	for name, engines := range map[string]func(seed uint64) virtual.Engine{
		"at once":  func(uint64) virtual.Engine { return virtual.Engine{} },
		"slow":     func(seed uint64) virtual.Engine { return virtual.Engine{Seed: seed, Link: slow} },
		"schedule": func(seed uint64) virtual.Engine { return virtual.Engine{Seed: seed, Schedule: schedule(seed)} },
		"both": func(seed uint64) virtual.Engine {
			return virtual.Engine{Seed: seed, Link: slow, Schedule: schedule(seed)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range scenarios.All() {
				for seed := range uint64(seeds) {
					report := run(t, engines(seed), s)
					if report.Verdict != runner.Passed && report.Verdict != runner.Unsupported {
						t.Errorf("seed %d: %v", seed, report)
					}
				}
			}
		})
	}
}

// random is a Strategy.
type random struct{ *rand.Rand }

func (r random) Pick(_ int, choices []virtual.Choice) int { return r.IntN(len(choices)) }

func schedule(seed uint64) *virtual.Schedule {
	return virtual.NewSchedule(random{rand.New(rand.NewPCG(seed, 0))})
}

type Tick struct{ N int }

func (Tick) EventName() string { return "virtual/tick" }

// TestSleepingCostsNothing sleeps for a day.
func TestSleepingCostsNothing(t *testing.T) {
	start := time.Now()
	report := run(t, virtual.Engine{}, d.Case("virtual/day", "A day passes.",
		d.New(d.RunEndpoint("a"), d.Within(25*time.Hour, d.Sleep(24*time.Hour)))).WithTimeout(48*time.Hour))
	if report.Verdict != runner.Passed || report.Virtual < 24*time.Hour || time.Since(start) > time.Minute {
		t.Errorf("it took %v, of %v in virtual time: %v", time.Since(start), report.Virtual, report)
	}
}

// TestReportsSayWhy runs what fails, or leaves something behind.
func TestReportsSayWhy(t *testing.T) {
	client := d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"))
	for name, c := range map[string]struct {
		do   func(context.Context, *d.Scope) error
		want string
	}{
		"nobody can go on": {
			func(ctx context.Context, s *d.Scope) error {
				_, err := lahja.WaitFor[Tick](ctx, s.Endpoint())
				return err
			},
			"when only a timer could have had anybody go on: no message was under way, and no driver slept: ",
		},
		"ignores its context": {func(context.Context, *d.Scope) error { select {} }, "after its context had ended"},
		"leaves a goroutine": {
			func(context.Context, *d.Scope) error { go func() { select {} }(); return nil },
			"left behind: goroutine: 1 of driver server at ",
		},
		"panics": {func(context.Context, *d.Scope) error { panic("oh") }, "panic:      oh"},
	} {
		t.Run(name, func(t *testing.T) {
			report := run(t, virtual.Engine{}, d.Case("virtual/fails", "It fails.", d.New(d.ServeEndpoint("server"), d.Do("do", c.do)), client))
			if text := report.String(); report.Verdict != runner.Failed || !strings.Contains(text, c.want) {
				t.Errorf("got %s, want %q in:\n%s", report.Verdict, c.want, text)
			}
		})
	}
}

// TestReportsSayWithWhichOptions runs what fails, with options and without.
func TestReportsSayWithWhichOptions(t *testing.T) {
	fails := d.Case("virtual/fails", "It fails.", d.New(d.NoEndpoint("a"), d.Do("fail", func(context.Context, *d.Scope) error { return errors.New("oh") })))
	for want, e := range map[string]virtual.Engine{
		"": {},
		"  engine: seed 7, messages take 1ms to 5ms, 64 MiB a second, buffers of 1 KiB\n": {Seed: 7, Link: virtual.Link{
			Latency: virtual.Uniform(time.Millisecond, 5*time.Millisecond), BytesPerSecond: 64 << 20, Buffer: 1 << 10}},
		"  engine: seed 0, messages take 2ms with a deviation of 1ms\n": {Link: virtual.Link{Latency: virtual.Normal(2*time.Millisecond, time.Millisecond)}},
		"  engine: seed 3, messages take 50ms, one step at a time\n":    {Seed: 3, Link: virtual.Link{Latency: virtual.Constant(50 * time.Millisecond)}, Schedule: schedule(3)},
	} {
		text := run(t, e, fails).String()
		if !strings.Contains(text, want) || strings.Contains(text, "  engine:") != (want != "") {
			t.Errorf("want %q in:\n%s", want, text)
		}
	}
}

// TestRunIsStoppedFromOutside pins that the end of the context reaches a run, whose time has
// nothing to do with it.
func TestRunIsStoppedFromOutside(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	goes := d.Case("virtual/goes", "It goes on.", d.New(d.RunEndpoint("a"),
		d.Within(time.Hour, d.Do("cancel", func(ctx context.Context, s *d.Scope) error {
			cancel()
			<-ctx.Done()
			return context.Cause(ctx)
		})))).WithTimeout(time.Hour)
	report := (&runner.Runner{Engine: virtual.Engine{}}).Run(ctx, goes)
	if !report.Interrupted || report.Virtual > time.Minute {
		t.Errorf("interrupted is %v after %v: %v", report.Interrupted, report.Virtual, report)
	}
}

// TestWrongLinkIsRefused pins what a Link may be.
func TestWrongLinkIsRefused(t *testing.T) {
	s := d.Case("virtual/any", "Any.", d.New(d.RunEndpoint("a")))
	for want, link := range map[string]virtual.Link{
		"Buffer -1":         {Buffer: -1},
		"BytesPerSecond -1": {BytesPerSecond: -1},
		"most 1ms":          {Latency: virtual.Uniform(time.Second, time.Millisecond)},
		"deviation -1s":     {Latency: virtual.Normal(0, -time.Second)},
	} {
		if report := run(t, virtual.Engine{Link: link}, s); report.Verdict != runner.Failed || !strings.Contains(report.String(), want) {
			t.Errorf("want %q in: %v", want, report)
		}
	}
}
