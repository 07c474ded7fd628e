// Package lease says which goroutine reads a connection.
//
// Every connection has a reader, a goroutine of its own. It must wake the request that waits
// for an answer, which takes a third of the time of a round trip. When one request follows
// another, the reader leaves the lease to the requests: the one that waits reads for
// itself, and handles what it reads, until its answer has come. The reader checks now and
// then whether requests still come, and reads again if they do not. Round trips per second
// are 27,100 with the lease and 15,600 without it (see docs/internals.md).
package lease

import (
	"sync/atomic"
	"time"
)

var (
	// Quick is how soon one answer must follow another for the reader to leave the lease to
	// requests. Tests are not always so fast, and change it.
	Quick = 200 * time.Microsecond
	// LookAfter is how soon the reader looks whether requests still come.
	LookAfter = time.Millisecond
)

const (
	// streakOf is how many answers must come so quickly. It is doubled, up to mostStreak, each
	// time that the reader has left the lease for fewer requests than streakOf: something else
	// is waited for in between, and was held up.
	streakOf   = 16
	mostStreak = 1 << 20
	// fewest is how many requests must read in each LookAfter. While they do, the reader
	// doubles the time until it looks again, up to mostLooks times LookAfter: with a look
	// each millisecond a request takes half as long again. An event that follows the last of
	// many requests is read so much later, or twice that; see Distrust.
	fewest    = 4
	mostLooks = 16
	// atHand is how soon a read returns that finds something.
	atHand = 100 * time.Microsecond
)

const (
	reading  int32 = iota // the reader has the lease
	vacant                // nobody has: the next request may take it
	taken                 // a request has
	recalled              // a request has, and must give it back to the reader
)

// Lease says which goroutine reads one connection: its reader, or one with a request. Only
// the reader may call the methods that say so. The others are safe for concurrent use.
type Lease struct {
	state   atomic.Int32
	back    chan struct{} // holds a token when the reader is to go on
	times   atomic.Uint64 // how often a request has taken it
	waiting atomic.Int32  // requests that wait for an answer
	asked   atomic.Uint64 // requests that have begun to wait
	trust   atomic.Int64  // the longest time between looks, a time.Duration; see Distrust
	pressed *atomic.Bool
	vacated time.Time     // when it was left last; its holder's
	soon    time.Duration // LookAfter

	// The reader's own.
	heard   uint64    // asked, before it handled what it read last
	latest  time.Time // when it read an answer
	streak  int       // how many answers have followed each other quickly
	needs   int       // how many must, before it leaves the lease
	resumed time.Time // when it went on as no requests came any more; zero once it has read
}

// Init makes the zero Lease ready for use. While pressed is true, much of a send window is
// in flight: the reader must read soon what the peer acknowledges, or the peer seems slow.
func (l *Lease) Init(pressed *atomic.Bool) {
	l.back, l.needs, l.pressed = make(chan struct{}, 1), streakOf, pressed
	l.soon = LookAfter
	l.trust.Store(int64(mostLooks * l.soon))
}

// MayLend reports whether a waiting request may take over reading, after the reader has read
// an answer. The reader calls it.
func (l *Lease) MayLend() bool {
	now := time.Now()
	if l.streak++; now.Sub(l.latest) > Quick {
		l.streak = 0
	}
	l.latest = now
	return l.streak >= l.needs && l.waiting.Load() == 1 && l.asked.Load() == l.heard && !l.pressed.Load()
}

// StandBy leaves the lease to requests, and returns when the reader has it again. The reader
// calls it.
func (l *Lease) StandBy() {
	l.streak = 0
	seen := l.times.Load()
	began := seen
	defer func() {
		if l.times.Load()-began >= streakOf {
			l.needs = streakOf
		} else {
			l.needs = min(2*l.needs, mostStreak)
		}
	}()
	l.vacated = time.Now()
	l.state.Store(vacant)
	if l.asked.Load() != l.heard {
		l.Recall() // A request that came meanwhile may have found that the reader reads.
	}
	l.recallIfNeeded()
	look := l.soon
	timer := time.NewTimer(look)
	defer timer.Stop()
	for {
		select {
		case <-l.back:
			return
		case <-timer.C:
		}
		switch times := l.times.Load(); {
		case times-seen >= uint64(fewest*look/l.soon):
			seen = times
			look = min(2*look, time.Duration(l.trust.Load()))
		case l.state.CompareAndSwap(vacant, reading):
			l.resumed = time.Now()
			return
		case l.state.CompareAndSwap(taken, recalled):
			<-l.back
			return
		}
		timer.Reset(look)
	}
}

// HasRead notes that the reader has read a frame, before it is handled. It reports whether
// the frame had waited for the reader since requests stopped. The reader calls it.
func (l *Lease) HasRead() (late bool) {
	l.heard = l.asked.Load()
	if l.resumed.IsZero() {
		return false
	}
	since := time.Since(l.resumed)
	l.resumed = time.Time{}
	return since < atHand
}

// Distrust is called when a frame was read late because nobody had the lease, and was no
// answer. From now on the reader looks twice as soon, down to LookAfter.
func (l *Lease) Distrust() {
	l.trust.Store(max(l.trust.Load()/2, int64(l.soon)))
}

// Enter counts a request that begins to wait, before it takes the lease.
func (l *Lease) Enter() {
	l.waiting.Add(1)
	l.asked.Add(1)
}

// Leave ends Enter.
func (l *Lease) Leave() { l.waiting.Add(-1) }

// Take takes the lease if nobody has it. It reports, too, whether what is read first may
// have waited. Whoever takes it calls GiveUp or GiveBack.
func (l *Lease) Take() (ok, late bool) {
	if !l.state.CompareAndSwap(vacant, taken) {
		return false, false
	}
	l.times.Add(1)
	return true, time.Since(l.vacated) > l.soon
}

// GiveUp leaves the lease to the next request; or to the reader, if the reader waits for it,
// is needed, or another request waits already.
func (l *Lease) GiveUp() {
	l.vacated = time.Now()
	if !l.state.CompareAndSwap(taken, vacant) {
		l.GiveBack()
		return
	}
	l.recallIfNeeded()
}

// GiveBack has the reader go on. Only the holder calls it.
func (l *Lease) GiveBack() {
	l.state.Store(reading)
	l.back <- struct{}{}
}

func (l *Lease) recallIfNeeded() {
	if l.pressed.Load() || l.waiting.Load() > 1 {
		l.Recall()
	}
}

// Recall has the reader go on if nobody has the lease.
func (l *Lease) Recall() {
	if l.state.Load() == vacant && l.state.CompareAndSwap(vacant, taken) {
		l.GiveBack()
	}
}

// Times is how often requests have taken the lease.
func (l *Lease) Times() uint64 { return l.times.Load() }

// Looks is the longest time between two looks of the reader, and the shortest that this
// ever is.
func (l *Lease) Looks() (longest, shortest time.Duration) {
	return time.Duration(l.trust.Load()), l.soon
}
