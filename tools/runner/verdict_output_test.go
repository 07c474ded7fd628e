package runner_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// verdicts is everything that must be judged a failure.
var verdicts = slices.Concat(behaviourVerdicts, outputVerdicts, goVerdicts)

// long is more than the control connection carries.
var long = strings.Repeat("0123456789abcdef", 40<<20/16)

// outputVerdicts are about what a failure says of itself.
var outputVerdicts = []judged{
	{
		name: "long-error", kind: engine.FailedError,
		drivers: do("fail at length", func(context.Context, *drivers.Scope) error { return errors.New("begins " + long + " ends") }),
		says:    []string{`driver server \(endpoint server\), action 2: Do\("fail at length"\)`, `error: +begins 0123`, `cut …\]\s+[0-9a-f]+ ends\n`, `of 41943052 bytes cut`},
	},
	{
		name: "long-panic", kind: engine.FailedPanic,
		drivers: do("panic at length", func(context.Context, *drivers.Scope) error { panic(long) }),
		says:    []string{`driver server \(endpoint server\), action 2: Do\("panic at length"\)`, `panic: +0123`, `of 41943047 bytes cut`, `detail: +panic at verdict_output_test.go:\d+\n`},
	},
	{
		name: "long-log", kind: engine.FailedError,
		drivers: do("log at length", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("%s", long)
			return errMine
		}),
		says: []string{`action 2: Do\("log at length"\)`, errMine.Error(), `server: 0123`, `of 41943040 bytes cut`},
	},
	{
		name: "raw-bytes-in-an-error", kind: engine.FailedError,
		drivers: do("fail in red", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("logged \xff\x00\x1b[31m\a")
			return errors.New("red: \xff\x00\x1b[31m\a")
		}),
		says: []string{`error: +red: \\xff\\x00\\x1b\[31m\\a\n`, `server: logged \\xff\\x00\\x1b\[31m\\a\n`},
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
}
