package drivers

import (
	"context"
	"errors"
	"sync"

	"github.com/lahja/go-lahja/lahja"
)

// Serving is an action that answers requests.
type Serving struct {
	*action
	times int // 0 means until the end
}

// Serve answers every request of type Req with what serve returns, from now until all drivers
// have finished their actions. The driver goes on at once.
//
// An error of serve, or a failed assertion in it, fails the driver. Its context ends when all
// drivers have finished; what it returns after that does not count. A requester that has gone
// meanwhile is no failure.
func Serve[Req lahja.Requester[Res], Res any](serve func(ctx context.Context, s *Scope, request lahja.Event[Req]) (Res, error)) *Serving {
	v := &Serving{action: newAction(generic[Req]("Serve"), []any{rawText("func")}, nil)}
	v.subscribing(eventType[Req]()).answering(eventType[Res]()).given(serve, handles)
	v.run = func(ctx context.Context, s *Scope) error {
		served := newServed(v.times)
		slot := NewSlot[*lahja.Subscription]("served")
		err := subscribe(ctx, s, v.action, lahja.SubscribeConfig{}, func(ctx context.Context, s *Scope, request lahja.Event[Req]) error {
			if !served.takes() {
				return nil
			}
			defer served.one()
			ctx, cancel := s.untilAllFinish(ctx)
			defer cancel()
			sawEvents(ctx, s, request)
			answer, err := serve(ctx, s, request)
			if err == nil {
				err = respondIfThere(ctx, request, answer)
			}
			if s.allFinished() {
				return nil
			}
			return err
		}, []*Slot[*lahja.Subscription]{slot})
		if err != nil || v.times == 0 {
			return err
		}
		select {
		case <-served.all:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		slot.Get(s).Close()
		return nil
	}
	return v
}

// respondIfThere answers a request, unless the requester has gone.
func respondIfThere[Req any](ctx context.Context, request lahja.Event[Req], answer any) error {
	err := request.Respond(ctx, answer)
	if errors.Is(err, lahja.ErrNoSubscribers) || errors.Is(err, lahja.ErrRemoteDisconnected) {
		return nil
	}
	return err
}

// Once has the action wait until it has answered one request, and answer no more.
func (v *Serving) Once() *Serving { return v.Times(1) }

// Times has the action wait until it has answered n requests, and answer no more.
func (v *Serving) Times(n int) *Serving {
	v.expects("Times", formatArg(n))
	v.times = n
	v.waits("%d requests", n)
	if n < 1 {
		v.vet = func() error { return errors.New("it is to answer less than one request; leave the action out") }
	}
	return v
}

// served counts requests of a Serve with a number.
type served struct {
	mu         sync.Mutex
	left       int // to take; negative means any number
	unfinished int
	all        chan struct{} // closed when all are answered
}

func newServed(times int) *served {
	s := &served{left: times, unfinished: times, all: make(chan struct{})}
	if times == 0 {
		s.left, s.unfinished = -1, -1
	}
	return s
}

// takes reports whether one more request is to be answered.
func (s *served) takes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		return false
	}
	s.left--
	return true
}

func (s *served) one() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unfinished--; s.unfinished == 0 {
		close(s.all)
	}
}

// untilAllFinish returns a context that also ends when all drivers have finished.
func (s *Scope) untilAllFinish(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.together, cancel)
	return ctx, func() { stop(); cancel() }
}

// allFinished reports whether all drivers have finished their actions.
func (s *Scope) allFinished() bool { return s.together.Err() != nil }
