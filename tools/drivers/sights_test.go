package drivers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// recorder is a coordinator that keeps what is recorded.
type recorder struct{ records []engine.Record }

func (r *recorder) Record(record engine.Record) { r.records = append(r.records, record) }

func (r *recorder) Arrive(context.Context, engine.Point) error { return nil }

func TestWhatEndedWithTheRunIsNoSight(t *testing.T) {
	failed := errors.New("failed")
	for _, c := range []struct {
		name  string
		cause error
		err   error
		want  string
	}{
		{"succeeded", nil, nil, ""},
		{"failed", nil, failed, "error"},
		{"succeeded while the run was stopped", engine.ErrStopped, nil, ""},
		{"failed as the run was stopped", engine.ErrStopped, failed, "no sight"},
		{"failed as it was cancelled", errCancelled, failed, "no sight"},
		{"failed as its bound had passed", &boundError{time.Second}, failed, "timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if c.cause != nil {
				cancel(c.cause)
			}
			defer cancel(nil)
			var r recorder
			d := New(NoEndpoint("driver"), Sleep(0))
			s := newScope(d, nil, engine.Assignment{Coordinator: &r, Trace: true}, cancel)
			s.sawEnd(ctx, d.Actions()[0], c.err)
			got := "no sight"
			if len(r.records) > 0 {
				got = r.records[0].Sight.Error
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestErrorClass(t *testing.T) {
	for want, err := range map[string]error{
		"no subscribers":                       &lahja.Error{Op: "broadcast", Endpoint: "a", Kind: lahja.ErrNoSubscribers},
		"context deadline exceeded":            fmt.Errorf("connect: %w", context.DeadlineExceeded),
		"context canceled, endpoint lifecycle": errors.Join(lahja.ErrLifecycle, context.Canceled),
		"error":                                errors.New("its own"),
		"assertion":                            &assertionError{message: "no"},
		"queue full":                           &handlerError{failed: lahja.HandlerError{Err: lahja.ErrQueueFull}},
	} {
		if got := errorClass(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

func TestSeenDataLooksTheSameInEveryProcess(t *testing.T) {
	type inner struct{ N int }
	for _, c := range []struct {
		data any
		want string
	}{
		{struct{ P *inner }{&inner{3}}, `{"P":{"N":3}}`},
		{struct{ M map[string]int }{map[string]int{"b": 1, "a": 2}}, `{"M":{"a":2,"b":1}}`},
		{struct {
			F float64
			P *int
		}{math.Inf(1), new(int)}, `{F:+Inf P:0x}`},
	} {
		if got := seenData(c.data); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	long := func(last string) string { return seenData(struct{ S string }{strings.Repeat("x", 1000) + last}) }
	if a, b := long("a"), long("b"); len(a) > 400 || a == b || a != long("a") {
		t.Errorf("got %d bytes, %s and %s", len(a), a, b)
	}
}
