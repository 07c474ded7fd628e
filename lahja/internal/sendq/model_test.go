package sendq

import (
	"io"
	"math/rand/v2"
	"testing"
)

// TestNothingThatWaitsIsForgotten does what a connection may do, in random orders. It checks
// after each step that whatever waits has a reason to, and at the end that it has ended.
func TestNothingThatWaitsIsForgotten(t *testing.T) {
	for seed := range uint64(2000) {
		m := newModel(seed)
		for step := range 60 {
			m.step()
			if problem := m.problem(); problem != "" {
				t.Fatalf("seed %d, step %d, %s: %s", seed, step, m.latest, problem)
			}
		}
		if problem := m.finish(); problem != "" {
			t.Fatalf("seed %d: %s", seed, problem)
		}
	}
}

// model is a queue with a writer that goes on only when it is told to.
type model struct {
	*rand.Rand
	q       Queue
	batch   []*Frame // what the writer has
	direct  *Frame   // what a sender writes itself
	waiting []*Pending
	woken   map[*Pending]int
	ended   bool // by SealNow
	latest  string
}

func newModel(seed uint64) *model {
	m := &model{Rand: rand.New(rand.NewPCG(seed, 0)), woken: map[*Pending]int{}}
	m.q.Init(Config{Limit: 8, Evicts: m.IntN(2) == 0, Conn: io.Discard, Start: func() {}, Press: func() {}, Failed: func(error) { m.q.Close() },
		Prelude: func(bool) []byte { return nil }})
	m.q.greeted = true
	m.resize()
	return m
}

func (m *model) resize() {
	sizes := map[string]int{"a": m.IntN(10), "b": m.IntN(4)}
	m.q.Resize(func(event string) int { return sizes[event] })
}

func (m *model) frame() *Frame {
	f := typed(string(rune('a'+m.IntN(3))), "0123456789"[:1+m.IntN(9)])
	f.Request = m.IntN(3) == 0
	return f
}

func (m *model) step() {
	steps := []struct {
		name string
		do   func()
	}{
		{"offer", func() { m.q.Offer(m.frame()) }},
		{"control", func() { m.q.Offer(&Frame{Bytes: []byte("c"), Control: true}) }},
		{"answer", func() { m.q.Offer(&Frame{Bytes: []byte("answer")}) }},
		{"instead", m.instead},
		{"instead", m.instead},
		{"await", m.await},
		{"await", m.await},
		{"give up", m.giveUp},
		{"claim", m.claim},
		{"write", m.write},
		{"write", m.write},
		{"stale", m.q.MarkStale},
		{"acknowledge", func() { m.q.Acknowledge([]byte{byte('a' + m.IntN(3))}, m.Uint64N(9)) }},
		{"resize", m.resize},
		{"seal", func() { m.rarely(func() { m.q.Seal([]byte("bye")) }) }},
		{"seal now", func() { m.rarely(m.sealNow) }},
		{"close", func() { m.rarely(m.q.Close) }},
	}
	s := steps[m.IntN(len(steps))]
	m.latest = s.name
	s.do()
}

func (m *model) rarely(do func()) {
	if m.IntN(10) == 0 {
		do()
	}
}

func (m *model) sealNow() {
	m.q.SealNow([]byte("bye"))
	m.ended = true
}

func (m *model) instead() {
	if f := m.frame(); m.q.cfg.Evicts && !f.Request {
		m.q.OfferInstead(f)
	}
}

func (m *model) await() {
	p := &Pending{Frame: m.frame()}
	p.Wake = func() { m.woken[p]++ }
	if !m.q.Await(p) {
		m.waiting = append(m.waiting, p)
	}
}

func (m *model) giveUp() {
	if len(m.waiting) == 0 {
		return
	}
	i := m.IntN(len(m.waiting))
	p := m.waiting[i]
	if o := m.q.GiveUp(p); (o != Full) == (m.woken[p] == 1) {
		m.waiting = append(m.waiting[:i:i], m.waiting[i+1:]...)
	}
}

// claim begins a direct write, or ends it.
func (m *model) claim() {
	if f := m.direct; f != nil {
		m.direct = nil
		m.q.unclaim(f, m.IntN(len(f.Bytes)+1), true)
		return
	}
	f := m.frame()
	f.Request = true
	if _, claimed := m.q.claim(f); claimed {
		m.direct = f
	}
}

// write has the writer take what waits, or write what it took.
func (m *model) write() {
	switch {
	case !m.q.busy || m.direct != nil:
	case m.batch == nil:
		m.batch, _, _, _ = m.q.take(nil)
	default:
		if err := m.q.writeBatch(m.batch, nil); err != nil {
			panic(err)
		}
		m.batch = nil
	}
}

// problem says what waits without a reason.
func (m *model) problem() string {
	q := &m.q
	waits := len(q.pending)
	if waits > 0 && (q.waiting == 0 || !q.busy || q.roomLocked(q.pending[0].Frame.Limited)) {
		return "a broadcast waits for room, and there is room"
	}
	for _, w := range q.windows {
		waits += w.Waiting()
		if w.Waiting() > 0 && (w.Size() == 0 || w.InFlight() < w.Size()) {
			return "a broadcast waits for credit in " + w.Event() + ", and there is credit"
		}
	}
	if waits > 0 && (m.ended || q.closed) {
		return "a broadcast waits, and the queue takes nothing more"
	}
	if waits == 0 && q.last != nil && !q.closed {
		return "nothing waits, and the last frame is not queued"
	}
	unknown := 0
	for _, p := range m.waiting {
		if m.woken[p] == 0 {
			unknown++
		}
	}
	if unknown != waits {
		return "what waits is not what was not woken"
	}
	if q.gaps != m.gaps() && !q.closed {
		return "the gaps are miscounted"
	}
	if left := m.limited(); !q.closed && left != q.waiting {
		return "what the queue counts is not what is left to be written"
	}
	return ""
}

// limited is how much is left to be written.
func (m *model) limited() (all int) {
	for _, f := range append(append([]*Frame(nil), m.batch...), m.q.frames...) {
		all += f.Limited
	}
	if m.direct != nil {
		all += m.direct.Limited
	}
	return all
}

// gaps counts them, and is -1 if an event that could be dropped is before the oldest.
func (m *model) gaps() (all int) {
	for i, f := range m.q.frames {
		if f == gap {
			all++
		}
		if i < m.q.oldest && f.Limited > 0 && !f.Request {
			return -1
		}
	}
	return all
}

// finish writes and acknowledges everything.
func (m *model) finish() string {
	if m.direct != nil {
		m.claim()
	}
	for range 100 {
		for m.q.busy {
			m.write()
		}
		for _, event := range []string{"a", "b", "c"} {
			m.q.Acknowledge([]byte(event), 100)
		}
	}
	for _, p := range m.waiting {
		if m.woken[p] != 1 {
			return "everything was written and acknowledged, and a broadcast still waits"
		}
	}
	return m.problem()
}
