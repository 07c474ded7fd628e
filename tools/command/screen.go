package command

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/internal/workers"
	"github.com/lahja/go-lahja/tools/runner"
)

// screen is what people see on stderr while runs go on: what drivers print, failures, and on
// a terminal a live view below them. Elsewhere it prints a line for each failure and every
// hundredth count. It is safe for concurrent use.
type screen struct {
	w     io.Writer
	style terminal.Style
	// live says that there is a live view.
	live bool
	// quiet says that nothing is shown of runs that go on.
	quiet bool
	// interrupted reports whether the user has interrupted the command.
	interrupted func() bool

	// mu is held while something is written, so that lines do not mix.
	mu   sync.Mutex
	view view
	// drawn is how many lines of the view are on the terminal.
	drawn int
	last  string // the run whose output was printed last
	// stood says where the drivers of interrupted runs were.
	stood []string
}

func newScreen(w io.Writer, total int, colour string, interrupted func() bool) *screen {
	return &screen{w: w, style: terminal.StyleFor(colour, w), live: terminal.Redraws(w), interrupted: interrupted,
		view: view{total: total, begun: time.Now()}}
}

// redrawn is how often the live view is redrawn.
const redrawn = 100 * time.Millisecond

// redraw redraws the live view until stop is called.
func (s *screen) redraw() (stop func()) {
	if !s.live || s.quiet {
		return func() {}
	}
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(redrawn)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.draw()
			case <-ended:
				return
			}
		}
	}()
	return func() {
		close(ended)
		<-stopped
		s.clear()
	}
}

// draw draws the live view over the last one.
func (s *screen) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	width, height, ok := terminal.Size(s.w)
	if !ok {
		return
	}
	frame := s.view.frame(time.Now(), width-1, height-1, s.style)
	_, _ = io.WriteString(s.w, s.erasure()+strings.Join(frame, "\n")+"\n") // A view that is not seen is no loss.
	s.drawn = len(frame)
}

// erasure is what erases the live view, and puts the cursor where it began. The lock is
// held, and nothing of the view is left.
func (s *screen) erasure() string {
	if s.drawn == 0 {
		return ""
	}
	up := fmt.Sprintf("\r\x1b[%dA\x1b[J", s.drawn) // A terminal shows ^C where the cursor is.
	s.drawn = 0
	return up
}

// clear erases the live view for good. An empty line sets what follows apart from failures.
func (s *screen) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	after := ""
	if s.view.failed > 0 {
		after = "\n"
	}
	s.printLocked(after)
}

// printLocked prints text where the live view is. The next one comes below it. The lock is
// held.
func (s *screen) printLocked(text string) { _, _ = io.WriteString(s.w, s.erasure()+text) }

// Write prints text that belongs to no run. It implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = ""
	if _, err := io.WriteString(s.w, s.erasure()); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

// begin returns what a run tells of itself.
func (s *screen) begin(t turn) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &flight{screen: s, scenario: t.scenario.Name, engine: t.engine.Name(), rests: t.scenario.Rests != "", begun: time.Now()}
	s.view.flights = append(s.view.flights, f)
	return f
}

// ended takes a run off the view, and prints a failure. A run without a verdict does not
// count.
func (s *screen) ended(f *flight, verdict runner.Verdict, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view.flights = slices.DeleteFunc(s.view.flights, func(other *flight) bool { return other == f })
	if verdict == "" {
		return
	}
	s.view.done++
	if verdict == runner.Failed {
		s.view.failed++
	}
	switch {
	case s.quiet:
	case verdict == runner.Failed:
		s.printLocked(s.failure(f, reason))
	case !s.live && s.view.done%100 == 0:
		s.printLocked(s.view.counts() + "\n")
	}
}

// failure says that a run failed: in one line, or in two that fit the terminal.
func (s *screen) failure(f *flight, reason string) string {
	failed := s.style.Paint(terminal.Red, "FAILED")
	if width, _, ok := terminal.Size(s.w); ok {
		return fmt.Sprintf("%s %s\n  %s\n", failed, f.title(), cut(reason, width-2))
	}
	return fmt.Sprintf("%s %s: %s\n", failed, f.title(), reason)
}

// flight is a run that goes on.
type flight struct {
	*screen
	scenario, engine string
	rests            bool
	begun            time.Time

	// at is where the drivers were when they were heard of last.
	at    []runner.Standing
	heard time.Time
}

var _ workers.Events = (*flight)(nil)

func (f *flight) title() string { return f.scenario + " on " + f.engine }

// Write prints what drivers print. The name of the run comes before it where the output of
// another run was last.
func (f *flight) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := f.erasure()
	if f.last != f.title() {
		f.last = f.title()
		text += f.title() + ":\n"
	}
	if _, err := io.WriteString(f.w, text); err != nil {
		return 0, err
	}
	return f.w.Write(p)
}

// At is for the live view.
func (f *flight) At(at []runner.Standing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.heard = at, time.Now()
}

// Stood prints at once where the drivers of an interrupted run were, because stopping them
// may take a while.
func (f *flight) Stood(at []runner.Standing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.interrupted() {
		return
	}
	where := ""
	if len(f.view.flights) > 1 {
		where = f.title() + ", "
	}
	for _, s := range at {
		f.stood = append(f.stood, where+s.String())
	}
	width, _, _ := terminal.Size(f.w)
	f.printLocked(fittedText(fmt.Sprintf("lahja: interrupted in %s on %s, with the drivers at:\n%s", f.scenario, f.engine, runner.StandingText(at)), width))
}
