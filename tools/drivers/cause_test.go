package drivers_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Runs of a Case share its drivers and its slots.
func TestSlotHoldsAValueForEachRun(t *testing.T) {
	ticks := d.NewSlot[[]int]("ticks")
	add := d.Do("add", func(ctx context.Context, s *d.Scope) error { return d.Append(ticks)(ctx, s, 1) })
	twice := d.Case("twice", "each run adds two", d.New(d.RunEndpoint("a"), add, add, ticks.Matches(gomega.HaveLen(2))),
		d.New(d.RunEndpoint("b"), add, ticks.Matches(gomega.HaveLen(1))))
	if file, line := twice.Location(); line == 0 || !strings.HasSuffix(file, "cause_test.go") {
		t.Errorf("the case stands in %s:%d, want this file", file, line)
	}
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := r.Run(t.Context(), twice).Err(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestPanicShowsTheUsersFramesAlone(t *testing.T) {
	inner := func() { panic("lost") }
	sorting := func() {
		slices.SortFunc([]int{1, 2}, func(int, int) int { inner(); return 0 })
	}
	for name, fn := range map[string]func(ctx context.Context, s *d.Scope) error{
		"function": func(context.Context, *d.Scope) error { sorting(); return nil },
		"deferred": func(context.Context, *d.Scope) error { defer inner(); sorting(); return nil },
		"recursion": func(context.Context, *d.Scope) error {
			var deep func(n int)
			deep = func(n int) {
				if n == 0 {
					inner()
				}
				deep(n - 1)
			}
			deep(100)
			return nil
		},
	} {
		report := (&runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}).Run(t.Context(), alone("panics", func(*d.Env) []d.Action {
			return []d.Action{d.Do("panic", fn)}
		}))
		f := report.Failures[0]
		if f.Kind != engine.FailedPanic || !regexp.MustCompile(`^panic at cause_test.go:\d+\ncalled from `).MatchString(f.Detail) ||
			regexp.MustCompile(`runtime|tools/engine|debug\.Stack|goroutine \d`).MatchString(f.Detail) || strings.Count(f.Detail, "\n") > 9 {
			t.Errorf("%s: got\n%s", name, f.Detail)
		}
	}
}

func TestTwoOfOneName(t *testing.T) {
	server := lahja.ConnectionConfig{Name: "a"}
	for name, c := range map[string]struct {
		drivers []*d.Driver
		want    string
	}{
		"two endpoints":                {[]*d.Driver{d.New(d.ServeEndpoint(server)), d.New(d.RunEndpoint("a"))}, "give one of the endpoints another name"},
		"an endpoint and a driver":     {[]*d.Driver{d.New(d.RunEndpoint("a")), d.New(d.NoEndpoint("a"))}, "tell them apart with Named"},
		"two drivers of one name each": {[]*d.Driver{d.New(d.RunEndpoint("b")).Named("a"), d.New(d.RunEndpoint("a"))}, "tell them apart with Named"},
	} {
		err := d.Scenario{Name: "s"}.Vet(c.drivers)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q alone", name, err, c.want)
		}
	}
}
