package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// meetingOf is a coordinator of drivers that all meet at checkpoint "x".
func meetingOf(names ...string) (*coordinator, context.Context) {
	ctx, stop := context.WithCancelCause(context.Background())
	var all []*drivers.Driver
	for _, name := range names {
		all = append(all, drivers.New(drivers.NoEndpoint(name), drivers.Checkpoint("x"), drivers.Checkpoint("x")))
	}
	return newCoordinator(all, stop, nil), ctx
}

// arrive has a driver arrive and returns when it waits; the channel gets what
// comes of it.
func arrive(ctx context.Context, c *coordinator, driver int) <-chan error {
	result := make(chan error, 1)
	go func() { result <- seat{c, driver}.Arrive(ctx, engine.Point{Kind: engine.AtCheckpoint, Name: "x"}) }()
	for {
		c.mu.Lock()
		waits := c.waiting[driver] > 0
		c.mu.Unlock()
		if waits || len(result) > 0 {
			return result
		}
		runtime.Gosched()
	}
}

// end has a driver end, with a failure that the engine knows or none.
func end(c *coordinator, driver int, f *engine.Failure) {
	seat{c, driver}.Record(engine.Record{Kind: engine.RecordEnded, Failure: f})
}

func TestCheckpointIsBrokenWhenAPartyFails(t *testing.T) {
	c, ctx := meetingOf("waiting", "dying", "still coming")
	result := arrive(ctx, c, 0)
	end(c, 1, &engine.Failure{Kind: engine.FailedProcess, Driver: "dying", Message: "the child ended with exit code 3"})
	err := <-result
	for _, want := range []string{`checkpoint "x"`, "arrived: waiting; missing: dying (failed)", "still coming (still at not started)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to contain %q", err, want)
		}
	}
	if !errors.Is(context.Cause(ctx), engine.ErrStopped) {
		t.Errorf("got cause %v, want that the others are stopped", context.Cause(ctx))
	}
}

func TestCheckpointIsBrokenWhenAPartyEndsEarly(t *testing.T) {
	c, ctx := meetingOf("waiting", "gone")
	end(c, 1, nil)
	if err := <-arrive(ctx, c, 0); err == nil || !strings.Contains(err.Error(), "missing: gone (ended") {
		t.Errorf("got %v", err)
	}
}

func TestCheckpointIsReusedAndLatched(t *testing.T) {
	c, ctx := meetingOf("fast", "slow")
	first := arrive(ctx, c, 0)
	if err := (seat{c, 1}).Arrive(ctx, engine.Point{Kind: engine.AtCheckpoint, Name: "x"}); err != nil {
		t.Fatal(err)
	}
	// The slow one is in the second round before the fast one has noticed the end
	// of the first, and must wait there.
	second := arrive(ctx, c, 1)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if len(second) > 0 {
		t.Fatal("the second round was complete with one of two")
	}
	if err := (seat{c, 0}).Arrive(ctx, engine.Point{Kind: engine.AtCheckpoint, Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
}

func TestUnknownCheckpointIsRefused(t *testing.T) {
	c, ctx := meetingOf("one", "two")
	if err := (seat{c, 0}).Arrive(ctx, engine.Point{Kind: engine.AtCheckpoint, Name: "y"}); err == nil || !strings.Contains(err.Error(), `"y"`) {
		t.Errorf("got %v", err)
	}
}

func TestFirstFailureIsFirst(t *testing.T) {
	c, _ := meetingOf("a", "b", "c")
	failure := func(kind engine.FailureKind, driver string) *engine.Failure {
		return &engine.Failure{Kind: kind, Driver: driver, Message: string(kind)}
	}
	end(c, 0, failure(engine.FailedError, "a"))
	end(c, 1, failure(engine.FailedStopped, "b"))
	end(c, 2, failure(engine.FailedProcess, "c"))
	report := &Report{}
	report.take(c)
	var order []string
	for _, f := range report.Failures {
		order = append(order, f.Driver)
	}
	if got := strings.Join(order, " "); got != "c a b" {
		t.Errorf("got %s, want who died by itself, then who failed, then who was stopped", got)
	}
}

func TestBrokenCheckpointNamesAFewOfMany(t *testing.T) {
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("driver-%d", i))
	}
	c, ctx := meetingOf(names...)
	result := arrive(ctx, c, 0)
	last := len(names) - 1
	end(c, last, nil)
	others := fmt.Sprintf("and %d more", len(names)-1-brief.MaxListed)
	if err := <-result; err == nil || !strings.Contains(err.Error(), "missing: "+names[last]+" (ended") || !strings.Contains(err.Error(), others) || len(err.Error()) > 2000 {
		t.Errorf("got %v, want a text that names a few, %s", err, others)
	}
}
