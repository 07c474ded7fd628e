package drivers_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// outside is a slot that no Drivers function makes.
var outside = d.NewSlot[lahja.Event[Tick]]("outside")

func TestSlotOutsideOfDriversIsToldAsThat(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	solo := func(name string) d.Scenario {
		return alone(name, func(*d.Env) []d.Action {
			return []d.Action{d.Background("send", d.WaitAnyThenBroadcast(Tick{})), d.WaitFor(outside.Save), d.Expect(outside, gomega.Not(gomega.BeNil()))}
		})
	}
	if err := r.Run(t.Context(), solo("solo")).Err(); err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{"solo", "another"} {
		report := r.Run(t.Context(), solo(again))
		if text := report.String(); !strings.Contains(text, "slot outside was made outside of the Drivers function") || strings.Contains(text, "belongs to driver") {
			t.Errorf("got\n%s", text)
		}
	}
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
