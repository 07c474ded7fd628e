package runner_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestRunThatHangsInVirtualTimeIsGivenUp has a driver wait for a channel from outside of the run,
// which stops its clock, timeouts included.
func TestRunThatHangsInVirtualTimeIsGivenUp(t *testing.T) {
	defer runner.SetHangs(race.Factor * 500 * time.Millisecond)()
	outside := make(chan struct{})
	defer close(outside)
	s := drivers.Case("own/hangs", "It waits.", drivers.New(drivers.NoEndpoint("alone"),
		drivers.Do("wait", func(context.Context, *drivers.Scope) error { <-outside; return nil })))
	report := (&runner.Runner{Engine: virtual.Engine{}}).Run(t.Context(), s)
	text := report.String()
	if report.Verdict != runner.Failed || !strings.Contains(text, "the run hangs: ") || !strings.Contains(text, "owntime_test.go:") {
		t.Errorf("got %s, want where it hangs:\n%s", report.Verdict, text)
	}
}
