package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// controlled returns the parent's link and the child's end as a plain file.
func controlled(t *testing.T) (*link, *os.File) {
	t.Helper()
	parent, child, err := childproc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		parent.Close()
		child.Close()
	})
	return newLink(parent), child
}

func TestLinkTakesOnlyWholeRecords(t *testing.T) {
	for written, want := range map[string]error{
		"{\"kind\":\"hello\"}\n": nil,
		"GET / HTTP/1.1\n":       errGarbage,
		"{\"kind\":\"step\"}\n":  errGarbage,
		"{\"kind\":\"other\"}\n": errGarbage,
		"{}\n":                   errGarbage,
		"{\"kind\":\"hello\"}":   io.EOF,
		"":                       io.EOF,
	} {
		l, child := controlled(t)
		if _, err := child.WriteString(written); err != nil {
			t.Fatal(err)
		}
		child.Close()
		if _, err := l.receive(); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", written, err, want)
		}
	}
}

func TestLinkRefusesToSendWhatTheOtherSideWouldNotTake(t *testing.T) {
	l, _ := controlled(t)
	err := l.send(Record{Kind: RecordLog, Name: strings.Repeat("x", maxRecord)})
	if err == nil || !strings.Contains(err.Error(), "report less") {
		t.Errorf("got %v", err)
	}
}

func TestLinkBoundsTheFirstRecord(t *testing.T) {
	l, _ := controlled(t)
	if _, err := l.receiveWithin(time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
}

func TestRunWithTimeout(t *testing.T) {
	failed := errors.New("failed")
	ended := make(chan struct{})
	defer close(ended)
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
			err := runWithTimeout(t.Context(), 20*time.Millisecond, c.fn)
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
	// Mixed engines have what all their backends have.
	mixed := Subprocess{Backends: []Backend{Unix(), TCP()}}
	if c := mixed.Capabilities(); c.Has(SocketFiles) || !c.Has(RawConnections) || !c.Has(ProcessIsolation) {
		t.Errorf("got %v", c)
	}
}

func TestChildEnvironKeepsWhatIsThere(t *testing.T) {
	t.Setenv("GORACE", "halt_on_error=1")
	env, cleanup, err := childEnviron()
	if err != nil {
		t.Fatal(err)
	}
	defer cleanup()
	for _, want := range []string{"GORACE=halt_on_error=1 atexit_sleep_ms=0", childEnv + "=1"} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %q", want)
		}
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
