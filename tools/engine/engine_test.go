package engine

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRunWithTimeout(t *testing.T) {
	failed := errors.New("failed")
	ended := make(chan struct{})
	defer close(ended)
	s := &goroutineSession{}
	defer s.pool.End()
	for name, c := range map[string]struct {
		fn   func(context.Context) error
		want error
	}{
		"returns":             {func(context.Context) error { return failed }, failed},
		"ends its goroutine":  {func(context.Context) error { runtime.Goexit(); return nil }, ErrGoexit},
		"obeys its context":   {func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }, ErrTimeout},
		"ignores its context": {func(context.Context) error { <-ended; return nil }, ErrTimeout},
		"is done":             {func(context.Context) error { return nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.RunWithTimeout(t.Context(), 20*time.Millisecond, c.fn)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			var ignored *IgnoredError
			if errors.As(err, &ignored) != (name == "ignores its context") {
				t.Errorf("got %T", err)
			}
			if ignored != nil && !strings.Contains(ignored.Stack, "engine.TestRunWithTimeout.func") {
				t.Errorf("the stack does not name the function:\n%s", ignored.Stack)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	have := CapabilitySet(SharedMemory).With(SocketFiles)
	needs := []Need{ProcessIsolation, SocketFiles, RawConnections}
	if got, want := have.Missing(needs), []Need{ProcessIsolation, RawConnections}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCapabilitiesWithAMeasure(t *testing.T) {
	have := Capabilities{MaxPayload: 1 << 20, DeathBound: int64(3 * time.Second)}
	for _, c := range []struct {
		need Need
		met  bool
	}{
		{MaxPayload, true},
		{LivenessBound, false},
		{AtLeast(MaxPayload, 1<<20), true},
		{AtLeast(MaxPayload, 1<<20+1), false},
		{AtLeast(LivenessBound, 0), false},
		{AtMost(DeathBound, int64(3*time.Second)), true},
		{AtMost(DeathBound, int64(time.Second)), false},
		{AtMost(LivenessBound, int64(time.Hour)), false},
	} {
		if got := c.need.MetBy(have); got != c.met {
			t.Errorf("%s of %s: got %v, want %v", c.need, have, got, c.met)
		}
	}
	// What endpoints of two backends have in common is the worse of both.
	common := have.Common(Capabilities{MaxPayload: 4 << 20, DeathBound: int64(time.Second), Drain: 1})
	if want := "death-bound 3s, max-payload 1 MiB"; common.String() != want {
		t.Errorf("got %s, want %s", common, want)
	}
}
