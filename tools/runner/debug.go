package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// checkDebugged refuses to wait for a debugger if the driver does not run in its own process.
func (r *Runner) checkDebugged(s drivers.Scenario, all []*drivers.Driver) error {
	if r.WaitForDebugger == "" {
		return nil
	}
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name()
	}
	index := slices.Index(names, r.WaitForDebugger)
	if index < 0 {
		return fmt.Errorf("no driver of scenario %s is named %q; its drivers are %s", s.Name, r.WaitForDebugger, strings.Join(names, ", "))
	}
	if e, ok := r.Engine.(engine.ProcessEngine); !ok || !e.IsProcess(index) {
		return fmt.Errorf("driver %s does not run in its own process on %s; debug this program itself, or choose a subprocess engine",
			r.WaitForDebugger, r.Engine.Name())
	}
	return nil
}

// actionTimeout is 0, which means none, where somebody looks on with a debugger.
func (r *Runner) actionTimeout(s drivers.Scenario) time.Duration {
	if r.WaitForDebugger != "" {
		return 0
	}
	return firstOf(r.ActionTimeout, DefaultActionTimeout) * slack(s)
}

// timeout bounds the whole scenario.
func (r *Runner) timeout(s drivers.Scenario) time.Duration {
	return firstOf(s.Timeout, firstOf(r.Timeout, DefaultTimeout)*slack(s))
}

func slack(s drivers.Scenario) time.Duration { return time.Duration(max(s.Slack, 1)) }
