package command

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestView pins what the live view looks like.
func TestView(t *testing.T) {
	now := time.Now()
	at := func(driver string, index, actions int, action string, since time.Duration) runner.Standing {
		return runner.Standing{Driver: driver, Actions: actions, For: since, Step: engine.Step{Index: index, Action: engine.Text(action)}}
	}
	slow := &flight{scenario: "shop/order-reaches-cache", engine: "subprocess+unix", begun: now.Add(-1300 * time.Millisecond), heard: now.Add(-50 * time.Millisecond),
		at: []runner.Standing{at("ledger", 7, 6, "end of driver", 270*time.Millisecond), at("cache", 4, 5, "WaitFor[Order]()", 850*time.Millisecond),
			{Driver: "gone", Ended: true}, at("client", 12, 14, "Within(1m0s, Request(PlaceOrder{Item:\"a book with a very long title\", Amount:12}))", 40*time.Second)}}
	many := &flight{scenario: "connect/many", engine: "goroutine+memory", begun: now.Add(-time.Minute), heard: now}
	for i := range 100 {
		many.at = append(many.at, at(fmt.Sprintf("client-%d", i), 1, 2, "Checkpoint(\"done\")", time.Minute))
	}
	v := view{total: 2730, done: 1203, failed: 2, begun: now.Add(-21 * time.Second), flights: []*flight{
		{scenario: "connect/idle-lasts", rests: true, begun: now.Add(-5 * time.Second)}, slow, {scenario: "quick", engine: "e", begun: now}, many}}
	for width, want := range map[int]string{80: `
shop/order-reaches-cache on subprocess+unix   1.3 s
    ledger    6/6  end of driver                                 0.3 s
    cache     4/5  WaitFor[Order]()                              0.9 s
    client  12/14  Within(1m0s, Request(PlaceOrder{Item:"a book with…     40.0 s
connect/many on goroutine+memory   60.0 s
    client-0    1/2  Checkpoint("done")                           60.0 s
    client-1    1/2  Checkpoint("done")                           60.0 s
    client-2    1/2  Checkpoint("done")                           60.0 s
    … and 97 more drivers
1203/2730   2 failed   3 running, 1 only wait   21 s`, 200: `
shop/order-reaches-cache on subprocess+unix   1.3 s
    ledger    6/6  end of driver                                 0.3 s
    cache     4/5  WaitFor[Order]()                              0.9 s
    client  12/14  Within(1m0s, Request(PlaceOrder{Item:"a book with a very long title", Amount:12}))     40.0 s
connect/many on goroutine+memory   60.0 s
    client-0    1/2  Checkpoint("done")                           60.0 s
    client-1    1/2  Checkpoint("done")                           60.0 s
    client-2    1/2  Checkpoint("done")                           60.0 s
    … and 97 more drivers
1203/2730   2 failed   3 running, 1 only wait   21 s`} {
		if got := "\n" + strings.Join(v.frame(now, width, 24, false), "\n"); got != want {
			t.Errorf("%d columns: got%s\nwant%s", width, got, want)
		}
	}
	for height, want := range map[int]int{24: 10, 8: 5, 4: 1, 1: 1} {
		if got := v.frame(now, 80, height, false); len(got) != want {
			t.Errorf("%d lines on a terminal of %d, want %d: %q", len(got), height, want, got)
		}
	}
}

func TestScreenElsewhereThanOnATerminal(t *testing.T) {
	var out strings.Builder
	s := newScreen(&out, 200, "auto", func() bool { return false })
	defer s.redraw()()
	cell := turn{scenario: drivers.Scenario{Name: "a/b"}, engine: runner.Engines()[0]}
	for range 100 {
		s.ended(s.begin(cell), runner.Passed, "")
	}
	s.ended(s.begin(cell), runner.Failed, "on purpose")
	f := s.begin(cell)
	fmt.Fprint(f, "one\n")
	fmt.Fprint(f, "two\n")
	fmt.Fprint(s, "lahja: said\n")
	if want := "100/200\nFAILED a/b on goroutine+memory: on purpose\na/b on goroutine+memory:\none\ntwo\nlahja: said\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}
