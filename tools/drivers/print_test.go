package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

func TestActionsPrintAsTheyAreWritten(t *testing.T) {
	nothing := func(context.Context, *d.Scope) error { return nil }
	for want, a := range map[string]d.Action{
		`Broadcast(Tick{N:1})`: d.Broadcast(Tick{N: 1}),
		`Broadcast(Tick{N:1}, BroadcastConfig{Headers:map["a":"1" "b":"2"]})`: d.Broadcast(Tick{N: 1},
			lahja.BroadcastConfig{Headers: lahja.Headers{"b": "2", "a": "1"}}),
		`Broadcast(&Tick{N:1}, BroadcastConfig{FilterEndpoints:[a b] Internal AllowNoSubscribers NoWait})`: d.Broadcast(&Tick{N: 1},
			lahja.BroadcastConfig{FilterEndpoints: []string{"a", "b"}, Internal: true, AllowNoSubscribers: true, NoWait: true}),
		`Receives(Tick{N:2})`:                              d.Receives(Tick{N: 2}),
		`WaitFor[Tick]()`:                                  d.WaitFor[Tick](),
		`WaitFor[Tick]().Then(func)`:                       d.WaitFor[Tick]().Then(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }),
		`ConnectToEndpoints("a", "b")`:                     d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "a"}, lahja.ConnectionConfig{Name: "b"}),
		`Throws("eof", Do("something"))`:                   d.Throws(d.Do("something", nothing), errors.New("eof")),
		`Within(2s, Sequence(Sync("a"), Checkpoint("x")))`: d.Within(2*time.Second, d.Sequence(d.Sync("a"), d.Checkpoint("x"))),
		`Repeat(3, Sleep(1ms))`:                            d.Repeat(3, d.Sleep(time.Millisecond)),
		`Stream[Tick](ticks)`:                              d.Stream(d.NewSlot[*lahja.Stream[Tick]]("ticks")),
		`Collect[Tick](7)`:                                 d.Collect[Tick](7),
		`ThrowsAs[*Error](Broadcast(Tick{N:0}))`:           d.ThrowsAs[*lahja.Error](d.Broadcast(Tick{})),
	} {
		if got := a.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSourceIsTheLineOfTheScenario(t *testing.T) {
	_, here, line, _ := runtime.Caller(0)
	driver := d.New(d.NoEndpoint("a"),
		d.Broadcast(Tick{}),
		d.Sequence(d.WaitFor[Tick]()))
	for i, got := range []string{source(t, driver), source(t, driver.Actions()[0]), source(t, driver.Actions()[1])} {
		if want := fmt.Sprintf("%s:%d", filepath.Base(here), line+1+i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// source is where a driver or an action says that it is declared.
func source(t *testing.T, v any) string {
	t.Helper()
	located, ok := v.(interface{ Location() (string, int) })
	if !ok {
		t.Fatalf("%T does not know where it is declared", v)
	}
	file, line := located.Location()
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

func TestPlanHash(t *testing.T) {
	build := func(n int) []*d.Driver { return []*d.Driver{d.New(d.NoEndpoint("a"), d.Broadcast(&Tick{N: n}))} }
	if a, b := d.PlanHash(build(1)), d.PlanHash(build(1)); a != b {
		t.Errorf("the same drivers built twice hash to %s and %s", a, b)
	}
	if a, b := d.PlanHash(build(1)), d.PlanHash(build(2)); a == b {
		t.Error("drivers with other arguments have the same hash")
	}
}

// TestPlansAreBuiltWithoutPlaces is what a child does, which builds the drivers of all
// others for the sake of its own.
func TestPlansAreBuiltWithoutPlaces(t *testing.T) {
	build := func() *d.Driver { return d.New(d.NoEndpoint("a"), d.Throws(d.Checkpoint("x"), nil)) }
	located := build()
	var built *d.Driver
	d.WithoutPlaces(func() { built = build() })
	if file, line := built.Location(); file != "" || line != 0 {
		t.Errorf("the driver was located at %s:%d, want that nothing was looked up", file, line)
	}
	if file, line := built.Actions()[0].(interface{ Location() (string, int) }).Location(); file != "" || line != 0 {
		t.Errorf("the action was located at %s:%d, want that nothing was looked up", file, line)
	}
	if a, b := d.PlanHash([]*d.Driver{located}), d.PlanHash([]*d.Driver{built}); a != b {
		t.Errorf("got hash %s without places, want %s as with them", b, a)
	}
	built.SetPlaces(located.Places())
	if got, want := built.Places(), located.Places(); !slices.Equal(got, want) || len(want) != 3 || source(t, built) != source(t, located) {
		t.Errorf("got places %q, want the three of the other driver: %q", got, want)
	}
	if later := build(); source(t, later) != source(t, located) {
		t.Errorf("what is built later is located at %s, want %s", source(t, later), source(t, located))
	}
}

// TestPlanHashCoversFunctions is about drivers that differ in nothing that is printed.
func TestPlanHashCoversFunctions(t *testing.T) {
	one := func(context.Context, *d.Scope) error { return nil }
	another := func(context.Context, *d.Scope) error { return nil }
	hash := func(fn func(context.Context, *d.Scope) error) string {
		return d.PlanHash([]*d.Driver{d.New(d.NoEndpoint("a"), d.Do("x", fn))})
	}
	if first, second := hash(one), hash(one); first != second {
		t.Error("one function has two hashes")
	}
	if hash(one) == hash(another) {
		t.Error("drivers that call different functions have the same hash")
	}
}
