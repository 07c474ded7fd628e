package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
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
		`Receive(Tick{N:2})`:                               d.Receive(Tick{N: 2}),
		`WaitFor[Tick]()`:                                  d.WaitFor[Tick](),
		`WaitFor[Tick](func)`:                              d.WaitFor(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }),
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
