package saboteurs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// leaver replaces Shutdown.
type leaver struct {
	endpoint
	shutdown func(ctx context.Context, e endpoint) error
}

func (l leaver) Shutdown(ctx context.Context) error { return l.shutdown(ctx, l.endpoint) }

func shutsDown(shutdown func(context.Context, endpoint) error) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return leaver{e, shutdown} })
}

// withoutABound ignores its context.
func withoutABound(ctx context.Context, e endpoint) error {
	return e.Shutdown(context.WithoutCancel(ctx))
}

// withoutAWord does not report what it gave up.
func withoutAWord(ctx context.Context, e endpoint) error {
	err := e.Shutdown(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// onlyThatTimeWasUp reports why it gave up, and not what.
func onlyThatTimeWasUp(ctx context.Context, e endpoint) error {
	err := e.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}

// notTooLate does nothing if the context has ended.
func notTooLate(ctx context.Context, e endpoint) error {
	if ctx.Err() != nil {
		return &lahja.Error{Op: "shutdown", Endpoint: e.Name(), Detail: "it is too late", Err: ctx.Err()}
	}
	return e.Shutdown(ctx)
}

// atOnce does not wait for handlers.
func atOnce(_ context.Context, e endpoint) error { return e.Close() }

// openToTheEnd keeps accepting connections while its handlers run.
func openToTheEnd(ctx context.Context, e endpoint) error {
	return errors.Join(e.Sync(ctx, e.Name()), e.Shutdown(ctx))
}

// slowlyLeaving takes a minute to close if a linger is set.
func slowlyLeaving(b engine.Backend) engine.Backend {
	return &opened{b, func(o *engine.EndpointOptions) {
		if o.Linger > 0 {
			o.Linger = time.Minute
		}
	}}
}

// hurried reports its end when it begins to close.
type hurried struct {
	endpoint
	once *sync.Once
	done chan struct{}
}

func newHurried(e endpoint) lahja.EndpointAPI {
	return hurried{e, new(sync.Once), make(chan struct{})}
}

func (h hurried) Done() <-chan struct{} { return h.done }

func (h hurried) Close() error {
	h.once.Do(func() { close(h.done) })
	return h.EndpointAPI.Close()
}

func (h hurried) Shutdown(ctx context.Context) error {
	h.once.Do(func() { close(h.done) })
	return h.endpoint.Shutdown(ctx)
}

// nameless forgets its name when it closes.
type nameless struct {
	endpoint
	closed *atomic.Bool
}

func newNameless(e endpoint) lahja.EndpointAPI { return nameless{e, new(atomic.Bool)} }

func (n nameless) Name() string {
	if n.closed.Load() {
		return ""
	}
	return n.EndpointAPI.Name()
}

func (n nameless) Close() error {
	defer n.closed.Store(true)
	return n.EndpointAPI.Close()
}

// stale returns its last peers after it has closed.
type stale struct {
	endpoint
	last *shared[lahja.Snapshot]
}

func newStale(e endpoint) lahja.EndpointAPI { return stale{e, newShared(lahja.Snapshot{})} }

func (s stale) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	if last := s.last.get(); ctx.Err() == nil && last.Version > version {
		return last, nil
	}
	return s.EndpointAPI.WaitForChange(ctx, version)
}

func (s stale) Close() error {
	if lahja.IsRunning(s) {
		s.last.set(s.Peers())
	}
	return s.EndpointAPI.Close()
}
