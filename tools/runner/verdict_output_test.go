package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// verdicts is everything that must be judged a failure.
var verdicts = slices.Concat(processVerdicts, behaviourVerdicts, outputVerdicts, goVerdicts, planVerdicts)

// long returns more than the control connection carries. It is made when it is first
// asked for: every child of this binary would make it otherwise.
var long = sync.OnceValue(func() string { return strings.Repeat("0123456789abcdef", 40<<20/16) })

// outputVerdicts are about what a failure says of itself.
var outputVerdicts = []judged{
	{
		name: "long-error", kind: engine.FailedError,
		drivers: do("fail at length", func(context.Context, *drivers.Scope) error { return errors.New("begins " + long() + " ends") }),
		says:    []string{`driver server \(endpoint server\), action 2: Do\("fail at length"\)`, `error: +begins 0123`, `cut …\]\s+[0-9a-f]+ ends\n`, `of 41943052 bytes cut`},
	},
	{
		name: "long-panic", kind: engine.FailedPanic,
		drivers: do("panic at length", func(context.Context, *drivers.Scope) error { panic(long()) }),
		says:    []string{`driver server \(endpoint server\), action 2: Do\("panic at length"\)`, `panic: +0123`, `of 41943047 bytes cut`, `detail: +panic at verdict_output_test.go:\d+\n`},
	},
	{
		name: "long-log", kind: engine.FailedError,
		drivers: do("log at length", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("%s", long())
			return errMine
		}),
		says: []string{`action 2: Do\("log at length"\)`, errMine.Error(), `output: +0123`, `of 41943040 bytes cut`},
	},
	{
		name: "raw-bytes-in-an-error", kind: engine.FailedError,
		drivers: do("fail in red", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("logged \xff\x00\x1b[31m\a")
			return errors.New("red: \xff\x00\x1b[31m\a")
		}),
		says: []string{`error: +red: \\xff\\x00\\x1b\[31m\\a\n`, `output: +logged \\xff\\x00\\x1b\[31m\\a\n`},
	},
	{
		name: "raw-bytes-in-the-output", needs: isolated, kind: engine.FailedProcess,
		drivers: do("print in red", func(context.Context, *drivers.Scope) error {
			_, _ = os.Stdout.Write([]byte("\xff\x00\x1b[31m\a"))
			os.Exit(3)
			return nil
		}),
		says: []string{`\\xff\\x00\\x1b\[31m\\a\n`},
	},
	{
		name: "printed-before-an-assertion", needs: isolated, kind: engine.FailedAssertion,
		drivers: do("print, and fail", func(_ context.Context, s *drivers.Scope) error {
			fmt.Println("CLUE 1")
			s.Logf("CLUE 2")
			fmt.Fprint(os.Stderr, "CLUE 3")
			s.Expect(1).To(gomega.Equal(2))
			return nil
		}),
		says: []string{`output: +CLUE (.|\n)*CLUE (.|\n)*CLUE`, `CLUE 1\n`, `CLUE 2\n`, `CLUE 3\n`},
	},
	{
		// Those who fail later, or are only stopped, show their output too.
		name: "printed-before-being-stopped", kind: engine.FailedError,
		drivers: func(*drivers.Env) []*drivers.Driver {
			say := func(line string, err error) drivers.Action {
				return drivers.Do("say", func(_ context.Context, s *drivers.Scope) error { s.Logf("%s", line); return err })
			}
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("first"), say("CLUE of the first", nil), drivers.Checkpoint("met"), say("last words", errMine), drivers.Checkpoint("end")),
				drivers.New(drivers.NoEndpoint("second"), say("CLUE of the second", nil), drivers.Checkpoint("met"), drivers.Checkpoint("end")),
			}
		},
		says: []string{`output: +CLUE of the first\n +last words\n`, `\[(stopped|checkpoint)\] second(.|\n)*  output of second:\n    CLUE of the second\n$`},
	},
	{
		name: "leaves-a-detached-process", once: true, kind: engine.FailedLeak,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"), drivers.Do("detach", func(context.Context, *drivers.Scope) error {
				return exec.Command("sh", "-c", "setsid -f sleep 93 >/dev/null 2>&1 </dev/null").Run()
			}))}
		},
		says: []string{`left behind: process: \d+ sleep 93 was left running, and has been ended`},
	},
	{
		name: "much-output", needs: isolated, kind: engine.FailedProcess,
		drivers: do("print much", func(context.Context, *drivers.Scope) error {
			for i := range 100_000 {
				fmt.Println("line", i)
			}
			os.Exit(3)
			return nil
		}),
		says: []string{`output: +\[… \d+ lines before these …\]\n +line 99980\n`, ` line 99999\n`},
	},
}
