package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestLoopsYieldNothingButEvents pins that no end of a loop looks like one more event.
func TestLoopsYieldNothingButEvents(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		loop func(s *lahja.Stream[Tick], ep *p2p.Endpoint) iter.Seq[lahja.Event[Tick]]
		want int
		end  error
	}{
		"all, and its context has ended": {func(s *lahja.Stream[Tick], _ *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] { return s.All(over) }, 0, context.Canceled},
		"all, and the endpoint closes": {func(s *lahja.Stream[Tick], ep *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] {
			check(t, ep.Close())
			return s.All(t.Context())
		}, 3, lahja.ErrLifecycle},
		"take of more than come": {func(s *lahja.Stream[Tick], ep *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] {
			check(t, ep.Close())
			return s.Take(t.Context(), 5)
		}, 3, lahja.ErrLifecycle},
		"take of as many": {func(s *lahja.Stream[Tick], _ *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] {
			return s.Take(t.Context(), 3)
		}, 3, nil},
		"take of none": {func(s *lahja.Stream[Tick], _ *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] {
			return s.Take(t.Context(), 0)
		}, 0, nil},
		"take of less than 0": {func(s *lahja.Stream[Tick], _ *p2p.Endpoint) iter.Seq[lahja.Event[Tick]] {
			return s.Take(t.Context(), -1)
		}, 0, lahja.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			ep := memoryNetwork(t).run("a")
			s := stream[Tick](t, ep)
			for i := range 3 {
				check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i + 1}))
			}
			got := 0
			for e := range test.loop(s, ep) {
				if got++; e.Data.N != got || e.Origin() != "a" {
					t.Errorf("event %d is %v", got, e)
				}
			}
			if err := s.Err(); got != test.want || !errors.Is(err, test.end) {
				t.Errorf("got %d events and %v, want %d and %v", got, err, test.want, test.end)
			}
			if got := lahja.GetSubscribedEvents(ep); len(got) != 0 {
				t.Errorf("it subscribes to %v still", got)
			}
		})
	}
}

func TestErrIsOfTheLastLoop(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	s := stream[Tick](t, ep)
	check(t, s.Err())
	for range s.Take(t.Context(), 0) {
		t.Error("an event came")
	}
	check(t, s.Err())
	for range s.All(t.Context()) {
		t.Error("an event came")
	}
	is(t, s.Err(), lahja.ErrLifecycle) // The first loop has closed it.

	zero := new(lahja.Stream[Tick])
	for range zero.All(t.Context()) {
		t.Error("an event came")
	}
	is(t, zero.Err(), lahja.ErrInvalid)
}

func TestRequestAllIsSentByEachLoop(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	pongs := lahja.RequestAll(limited(t), ep, Ping{N: 1})
	check(t, pongs.Err())
	for range pongs.All() {
		t.Error("an answer came, and nobody answers")
	}
	is(t, pongs.Err(), lahja.ErrNoSubscribers)

	answer(t, ep)
	for range 2 {
		got := 0
		for pong := range pongs.All() {
			if got++; pong.Data.N != 2 {
				t.Errorf("got %v, want 2", pong)
			}
		}
		if check(t, pongs.Err()); got != 1 {
			t.Errorf("%d answers came, want 1", got)
		}
	}
}

func TestAllAnswersRangesOverAnswersOnce(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	answer(t, ep)
	want, err := lahja.TypeOf[Pong]()
	check(t, err)
	asked, err := ep.Request(t.Context(), Ping{N: 1}, want, lahja.BroadcastConfig{})
	check(t, err)
	answers := lahja.AllAnswers(limited(t), asked)
	var got []any
	for r := range answers.All() {
		got = append(got, r.Data())
	}
	check(t, answers.Err())
	if fmt.Sprint(got) != "[{2}]" {
		t.Errorf("got %v, want Pong 2", got)
	}
	for range answers.All() {
		t.Error("an answer came twice")
	}
	is(t, answers.Err(), lahja.ErrLifecycle)
}

// TestErrorsOfRepliesAreBounded pins that an endpoint which answers nonsense without end
// cannot fill Err, nor hide how the loop ended.
func TestErrorsOfRepliesAreBounded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answers := lahja.AllAnswers(ctx, &nonsense{left: 1000, then: cancel})
	for range answers.All() {
		t.Error("an answer came")
	}
	text := is(t, answers.Err(), context.Canceled)
	is(t, answers.Err(), lahja.ErrUnexpectedResponse)
	if lines := strings.Count(text, "\n") + 1; lines != 18 || !strings.Contains(text, "and 984 more errors") {
		t.Errorf("got %d lines, want 18, with a count of what is not there: %s", lines, text)
	}
}

// nonsense answers what nobody can use, and then the end of the context.
type nonsense struct {
	lahja.Answers
	left int
	then func()
}

func (n *nonsense) Next(ctx context.Context) (lahja.Received, error) {
	if n.left == 0 {
		n.then()
		return lahja.Received{}, ctx.Err()
	}
	n.left--
	return lahja.Received{}, &lahja.Error{Op: "request", Kind: lahja.ErrUnexpectedResponse}
}

func (*nonsense) Close() {}

func TestZeroRepliesSayThatTheyAre(t *testing.T) {
	var none lahja.Replies[lahja.Event[Pong]]
	for e := range none.All() {
		t.Errorf("got %v", e)
	}
	is(t, none.Err(), lahja.ErrInvalid)
}
