package command

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// tick is an event whose Go name the tests need not know.
type tick struct{ N int }

// talk is a scenario that checks nothing of what it sends to itself.
func talk(name, varies string) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "what is sent arrives", Varies: varies, Drivers: func(*drivers.Env) []*drivers.Driver {
		ticks := drivers.NewSlot[*lahja.Stream[tick]]("ticks")
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"),
			drivers.Stream(ticks),
			drivers.BroadcastEach(3, func(i int) tick { return tick{N: i} }),
			drivers.Sync("alone"),
			drivers.Drain(ticks))}
	}}
}

var diffSuite = runner.Suite{
	Scenarios: []drivers.Scenario{talk("talk/determined", ""), talk("talk/open", "it is a test")},
	Engines: []engine.Engine{engine.OnGoroutines(defective.Memory("forgetful", func(p any) any {
		if p == (tick{N: 1}) {
			return nil
		}
		return p
	}))},
}

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		args   string
		code   int
		stdout []string
		stderr []string
	}{
		{"good/opens* goroutine+memory goroutine+unix", 0,
			[]string{"SAME good/opens-and-closes on goroutine+memory and goroutine+unix", "1 the same, 0 different, 0 failed on both, 0 unsupported"}, nil},
		{"talk/* goroutine+memory goroutine+tcp", 0, []string{"2 the same", "verdicts alone were compared: it is a test"}, nil},
		{"talk/* goroutine+memory goroutine+forget*", 1, []string{"DIFFERENT talk/determined", "SAME talk/open", "1 the same, 1 different"}, nil},
		{"bad/fails goroutine+memory goroutine+unix", 1, []string{"FAILED ON BOTH bad/fails", "on purpose", "1 failed on both"}, nil},
		{"good/needs* goroutine+memory goroutine+unix", 1, []string{"UNSUPPORTED good/needs-a-process", "needs process-isolation"}, []string{"nothing was compared"}},
		{"bad/waits goroutine+memory goroutine+unix --timeout 100ms", 1, []string{"not done within 100ms"}, nil},
		{"good/open goroutine+memory goroutine+unix", 2, nil, []string{`no scenario is named "good/open" (did you mean good/opens-and-closes`}},
		{"good/opens* gorutine goroutine+unix", 2, nil, []string{`no engine is named "gorutine" (did you mean goroutine+`}},
		{"good/opens* goroutine+memory goroutine+t*", 2, nil, []string{`2 engines match "goroutine+t*", goroutine+tcp and goroutine+tls among them; name one`}},
		{"good/opens* goroutine+memory", 2, nil, []string{"<engine-b>"}},
		{"good/opens* goroutine+memory goroutine+unix --timeout 0s", 2, nil, []string{"must be more than 0"}},
		{"--help", 0, []string{"<scenario>", "<engine-a>", "first"}, nil},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, errs bytes.Buffer
			args := append([]string{"diff"}, strings.Fields(c.args)...)
			code := run(t.Context(), args, &out, &errs, false, []runner.Suite{suite, diffSuite})
			if code != c.code {
				t.Errorf("got exit code %d, want %d", code, c.code)
			}
			for _, want := range c.stdout {
				if !strings.Contains(out.String(), want) {
					t.Errorf("stdout does not contain %q:\n%s", want, &out)
				}
			}
			for _, want := range c.stderr {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("stderr does not contain %q:\n%s", want, &errs)
				}
			}
		})
	}
}

// TestDiffShowsWhatToLookAt reads the whole output of a difference.
func TestDiffShowsWhatToLookAt(t *testing.T) {
	var out, errs bytes.Buffer
	run(t.Context(), []string{"diff", "talk/determined", "goroutine+memory", "goroutine+forgetful"}, &out, &errs, false, []runner.Suite{diffSuite})
	got := regexp.MustCompile(`_test\.go:\d+`).ReplaceAllString(out.String(), "_test.go:N")
	want := `DIFFERENT talk/determined on goroutine+memory and goroutine+forgetful
  rule: what is sent arrives
  driver alone, action 4: Drain[tick](ticks)
    declared at:         diff_test.go:N
    what:                event 2 from alone, through Stream[tick](ticks) of action 1 (diff_test.go:N)
    both before:         tick{"N":0}
    goroutine+memory:    tick{"N":1}, then tick{"N":2}
    goroutine+forgetful: tick{"N":2}

0 the same, 1 different, 0 failed on both, 0 unsupported
`
	if got != want || errs.Len() > 0 {
		t.Errorf("got:\n%s%s\nwant:\n%s", got, &errs, want)
	}
}

func TestDiffIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"diff", "*", "goroutine+memory", "goroutine+unix"}, &out, &errs, false, []runner.Suite{diffSuite})
	if code != exitcode.Interrupted || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("got exit code %d and %q", code, &errs)
	}
}

func TestDiffOnAFullDisk(t *testing.T) {
	var errs bytes.Buffer
	args := []string{"diff", "talk/open", "goroutine+memory", "goroutine+unix"}
	if code := run(t.Context(), args, full{}, &errs, false, []runner.Suite{diffSuite}); code != exitcode.Failed || !strings.Contains(errs.String(), "no space left") {
		t.Errorf("got exit code %d and %q", code, &errs)
	}
}
