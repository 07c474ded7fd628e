package virtual

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// Choice is somebody that can go on.
type Choice struct {
	// Actor is the driver, or the link on which a message can arrive.
	Actor string
	// What it does then.
	What fmt.Stringer
	// Came numbers those who wait, from 1, in the order in which they came; those who came in
	// one step, by actor.
	Came int
}

func (c Choice) String() string {
	if p, ok := c.What.(packet); ok {
		return p.String() // It names both ends.
	}
	return c.Actor + ": " + c.What.String()
}

// Own reports whether a message arrives that the bus sends of its own accord, to connect say.
func (c Choice) Own() bool {
	p, ok := c.What.(packet)
	return ok && !p.event()
}

// Strategy decides who goes on.
type Strategy interface {
	// Pick returns the index of one of the choices, of which there is at least one. They are
	// sorted by actor; those of one actor are in the order in which they came. Step counts
	// from 0. It is called by one goroutine at a time.
	Pick(step int, choices []Choice) int
}

// Schedule has the actors of one run go on one after the other, in the order that its Strategy
// chooses, and notes that order. It goes on only when nobody does anything any more.
type Schedule struct {
	strategy Strategy

	mu      sync.Mutex
	waiting []*turn
	call    chan struct{} // has one value if somebody came
	stopped chan struct{}
	ended   chan struct{}
	over    bool
	came    int
	session *session
	crash   *Crash
	steps   []Step
}

// Step is one decision of a Schedule.
type Step struct {
	Choice
	// Of is among how many choices it was.
	Of int
}

// stepTime is how long a step takes at least. So what happens in different steps happens at
// different times.
const stepTime = time.Microsecond

// turn is somebody that waits for its turn.
type turn struct {
	Choice
	come chan struct{}
}

// NewSchedule returns a schedule for one run.
func NewSchedule(s Strategy) *Schedule { return &Schedule{strategy: s} }

// Crash is a crash at a step of a schedule.
type Crash struct {
	// Driver crashes before the step of that number, from 0, and is started again.
	Driver string `json:"driver"`
	Step   int    `json:"step"`
	// Done says that it did: the driver had begun by then, and had not ended.
	Done bool `json:"-"`
}

// CrashAt has a driver crash, once, and start again; nil has none. It is called before the run,
// which sets Done.
func (s *Schedule) CrashAt(c *Crash) { s.crash = c }

// Steps are the decisions so far, to be read after the run.
func (s *Schedule) Steps() []Step { return s.steps }

// start begins to give turns. It is called in the bubble of the run.
func (s *Schedule) start(of *session) {
	s.session = of
	s.call, s.stopped, s.ended = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(s.ended)
		for s.next() {
		}
	}()
}

// stop lets everybody go on as they like.
func (s *Schedule) stop() {
	if s == nil {
		return
	}
	close(s.stopped)
	<-s.ended
}

// turn waits for the actor's turn, or for the end of ctx.
func (s *Schedule) turn(ctx context.Context, actor string, what fmt.Stringer) {
	if s == nil {
		return
	}
	t := &turn{Choice: Choice{Actor: actor, What: what}, come: make(chan struct{})}
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return
	}
	s.waiting = append(s.waiting, t)
	s.mu.Unlock()
	select {
	case s.call <- struct{}{}:
	default:
	}
	select {
	case <-t.come:
	case <-ctx.Done():
		s.withdraw(t)
	}
}

func (s *Schedule) withdraw(t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(w *turn) bool { return w == t })
}

// next gives one turn, or waits for somebody to come. It returns false after stop.
func (s *Schedule) next() bool {
	synctest.Wait()
	if s.crashes() {
		return true
	}
	if s.give() {
		time.Sleep(stepTime)
		return true
	}
	select {
	case <-s.call:
		return true
	case <-s.stopped:
		s.release()
		return false
	}
}

// crashes has a driver crash, if it is time and somebody waits for a turn.
func (s *Schedule) crashes() bool {
	s.mu.Lock()
	now := s.crash != nil && len(s.steps) == s.crash.Step && len(s.waiting) > 0
	c := s.crash
	again := &s.session.lives.again
	if now {
		s.crash = nil
		again.Add(1) // While somebody waits for a turn, the run waits for no restarts yet.
	}
	s.mu.Unlock()
	if !now {
		return false
	}
	if s.session.CrashDriver(context.Background(), c.Driver) != nil {
		again.Done()
		return false
	}
	c.Done = true
	go func() {
		defer again.Done()
		// It fails only for a driver that has not crashed.
		_ = s.session.RestartDriver(context.Background(), c.Driver)
	}()
	return true
}

// give gives one turn. It returns false if nobody waits.
func (s *Schedule) give() bool {
	choices := s.choices()
	if len(choices) == 0 {
		return false
	}
	// Nobody comes or goes meanwhile: all others wait, and time stands still.
	i := s.strategy.Pick(len(s.steps), choices)
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.steps = append(s.steps, Step{Choice: t.Choice, Of: len(choices)})
	close(t.come)
	return true
}

// choices are those who wait.
func (s *Schedule) choices() []Choice {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortStableFunc(s.waiting, compareTurns)
	choices := make([]Choice, len(s.waiting))
	for i, t := range s.waiting {
		if t.Came == 0 {
			s.came++
			t.Came = s.came
		}
		choices[i] = t.Choice
	}
	return choices
}

// compareTurns orders turns by actor, and those of one actor as they came. Goroutines of one
// actor that came in one step did so in no order: they are sorted by what they do.
func compareTurns(a, b *turn) int {
	switch {
	case a.Actor != b.Actor:
		return cmp.Compare(a.Actor, b.Actor)
	case a.Came != 0 && b.Came != 0:
		return cmp.Compare(a.Came, b.Came)
	case a.Came != 0:
		return -1
	case b.Came != 0:
		return 1
	}
	return cmp.Compare(a.What.String(), b.What.String())
}

// release lets all go on that wait.
func (s *Schedule) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, t := range s.waiting {
		close(t.come)
	}
	s.waiting = nil
}
