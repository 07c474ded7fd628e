package engine

import (
	"context"
	"errors"
	"runtime"
	"testing"
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
	stop(ErrStopped)
	if err := f.awaitStart(stopped); !errors.Is(err, ErrStopped) {
		t.Errorf("with %d processes starting, one more got %v, want that it waits until it is stopped", limit, err)
	}
	f.started()
	if err := f.awaitStart(t.Context()); err != nil {
		t.Errorf("after one had begun, the next got %v", err)
	}
}
