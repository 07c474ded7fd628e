package subprocess

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/lahja/go-lahja/tools/engine"
)

func TestProcessesStartAFewAtATime(t *testing.T) {
	f := newFleet()
	limit := startsPerCPU * runtime.GOMAXPROCS(0)
	for range limit {
		if err := f.awaitStart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stopped, stop := context.WithCancelCause(t.Context())
	stop(engine.ErrStopped)
	if err := f.awaitStart(stopped); !errors.Is(err, engine.ErrStopped) {
		t.Errorf("with %d processes starting, one more got %v, want that it waits until it is stopped", limit, err)
	}
	f.started()
	if err := f.awaitStart(t.Context()); err != nil {
		t.Errorf("after one had begun, the next got %v", err)
	}
}
