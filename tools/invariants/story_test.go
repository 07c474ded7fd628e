package invariants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// story makes a recording by hand. Its drivers are client, server and other, whose instances are
// 1, 2 and 3. Entries are a millisecond apart.
type story struct {
	run recording.Run
	now time.Duration
}

const (
	client = iota
	server
	other
)

var names = []string{"client", "server", "other"}

func newStory() *story {
	s := &story{}
	for _, name := range names {
		s.run.Drivers = append(s.run.Drivers, recording.Driver{Name: name, Endpoint: name})
	}
	return s
}

// add adds an entry of a driver.
func (s *story) add(driver int, kind recording.Kind, change ...func(*recording.Entry)) *story {
	s.now += time.Millisecond
	e := recording.Entry{At: s.now, Driver: driver, Kind: kind, Event: "example.com/shop.Order"}
	for _, c := range change {
		c(&e)
	}
	s.run.Entries = append(s.run.Entries, e)
	return s
}

// together has what follows happen at the same moment, as it does in virtual time.
func (s *story) together() *story {
	s.now -= time.Millisecond
	return s
}

type change = func(*recording.Entry)

func events(from int, first uint64, count ...int) change {
	return func(e *recording.Entry) {
		e.ID = recording.ID{Instance: uint64(from + 1), Sequence: first}
		if len(count) > 0 {
			e.Count = count[0]
		}
	}
}
func peer(driver int) change      { return func(e *recording.Entry) { e.Peer = names[driver] } }
func sub(n int) change            { return func(e *recording.Entry) { e.Subscription = n } }
func beside(n int) change         { return func(e *recording.Entry) { e.Beside = n } }
func group(name string) change    { return func(e *recording.Entry) { e.Text = name } }
func took(d time.Duration) change { return func(e *recording.Entry) { e.Took = d } }
func outgoing(e *recording.Entry) { e.Outgoing = true }
func none(e *recording.Entry)     { e.Event, e.ID = "", recording.ID{} }
func answers(by int, n uint64) change {
	return func(e *recording.Entry) { e.Answers = recording.ID{Instance: uint64(by + 1), Sequence: n} }
}

// request is the number of the n-th request.
func request(n uint64) uint64 { return 1<<63 | n }

// sends, gets and handles are of orders.
func (s *story) sends(from, to int, first uint64, more ...change) *story {
	return s.add(from, recording.Sent, append([]change{peer(to), events(from, first)}, more...)...)
}
func (s *story) gets(at, from int, first uint64, more ...change) *story {
	return s.add(at, recording.Received, append([]change{peer(from), events(from, first)}, more...)...)
}
func (s *story) handles(at, from int, first uint64, more ...change) *story {
	return s.add(at, recording.Handled, append([]change{peer(from), events(from, first), sub(1)}, more...)...)
}
func (s *story) subscribes(at int, more ...change) *story {
	return s.add(at, recording.Subscribed, append([]change{sub(1)}, more...)...)
}
func (s *story) unsubscribes(at int, more ...change) *story {
	return s.add(at, recording.Unsubscribed, append([]change{sub(1)}, more...)...)
}

// passes is the whole way of an order to a handler.
func (s *story) passes(from, to int, n uint64) *story {
	return s.sends(from, to, n).gets(to, from, n).handles(to, from, n)
}

// told is a case: a history, and what an invariant says of it.
type told struct {
	story   *story
	verdict invariants.Verdict
	reason  string // a part of it
	shown   int    // how many entries
}

func check(t *testing.T, v invariants.Invariant, cases map[string]told) {
	t.Helper()
	for name, c := range cases {
		r := v.Check(&c.story.run)
		if r.Verdict != c.verdict || !strings.Contains(r.Reason, c.reason) || (c.reason == "") != (r.Reason == "") || len(r.Entries) != c.shown {
			t.Errorf("%s: got %s: %s\n%s\nwant %s with %q, and %d entries", name, r.Verdict, r.Reason, r.Text(&c.story.run), c.verdict, c.reason, c.shown)
		}
		for _, line := range strings.Split(r.Text(&c.story.run), "\n") {
			if len([]rune(line)) > 84 {
				t.Errorf("%s: the line %q is too long", name, line)
			}
		}
	}
}

// without are stories of which something is not known: what is not seen in them proves nothing.
func lossy(s *story) *story {
	s.run.Outcome.Lost = []uint64{0, 3}
	return s
}

func unrecorded(s *story) *story {
	s.run.Drivers[server].Unrecorded = "no memory"
	return s
}
