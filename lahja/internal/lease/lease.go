// Package lease says which goroutine reads a connection.
//
// Waking another goroutine takes a third of the time of a round trip. So the goroutine that
// reads does more than read, and one that waits reads for itself:
//
//   - The reader calls the handlers of events. While it does, nobody reads. If the handler
//     waits for something or takes long, another goroutine takes the lease over and is the
//     reader from then on.
//   - When one request follows another, the reader leaves the lease to the requests, and ends.
//     The request that waits reads, and handles what it reads, until its answer has come. If
//     no more requests come, a reader starts again.
//
// A timer looks for both: at handlers that have not returned, and at requests that no longer
// come. It runs only while there is something to look at.
package lease

import (
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja/internal/beat"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

var (
	// Quick is how soon one answer must follow another for the reader to leave the lease to
	// requests. Tests are not always so fast, and change it.
	Quick = 200 * time.Microsecond
	// LookAfter is how soon the timer looks whether requests still come.
	LookAfter = time.Millisecond
)

// callLook is the time between two looks at a handler. The second look that finds it in the
// same call takes the lease over. With half of it, a busy system seems to be a slow handler: it
// has not let the handler run; and the looks take a tenth of a round trip.
const callLook = beat.Every

const (
	// streakOf is how many answers must come so quickly. It is doubled, up to mostStreak, each
	// time that the reader has left the lease for fewer requests than streakOf: something else
	// is waited for in between, and was held up.
	streakOf   = 16
	mostStreak = 1 << 20
	// fewest is how many requests must read in each LookAfter. While they do, the time
	// until the next look doubles, up to mostLooks times LookAfter: with a look each
	// millisecond a request takes 3 to 5 % longer, and half as long again with Go timers. An
	// event that follows the last of many requests is read so much later, or twice that; see
	// Distrust.
	fewest    = 4
	mostLooks = 16
	// atHand is how soon a read returns that finds something.
	atHand = 100 * time.Microsecond
)

// Who has the lease.
const (
	reading  uint64 = iota // the reader
	calling                // the reader, which calls a handler: it may be taken over
	vacant                 // nobody: the next request may take it
	taken                  // a request
	recalled               // a request, which must have the reader start
	holders                // how many there are
)

// Lease says which goroutine reads one connection: its reader, or one with a request. Only
// the reader may call the methods that say so. The others are safe for concurrent use.
type Lease struct {
	state   atomic.Uint64 // the holder, plus holders for each call of a handler
	start   func()        // starts a reader
	timers  func(look func()) beat.Timer
	times   atomic.Uint64 // how often a request has taken it
	waiting atomic.Int32  // requests that wait for an answer
	asked   atomic.Uint64 // requests that have begun to wait
	trust   atomic.Int64  // the longest time between looks, a time.Duration; see Distrust
	pressed *atomic.Bool
	vacated time.Time     // when it was left last; its holder's
	soon    time.Duration // LookAfter
	watch

	// The reader's own.
	heard   uint64    // asked, before it handled what it read last
	latest  time.Time // when it read an answer
	streak  int       // how many answers have followed each other quickly
	needs   int       // how many must, before it leaves the lease
	left    bool      // the reader before left the lease to requests
	began   uint64    // times, when it did
	resumed time.Time // when it started as no requests came any more; zero once it has read
}

// watch is the timer that looks, and what it has seen.
type watch struct {
	timer beat.Timer // nil until it is needed for the first time
	runs  atomic.Bool

	mu    ordered.Mutex[ordered.Leaf]
	state uint64        // at the last look
	times uint64        // at the last look
	wait  time.Duration // until the next look at requests
}

// Init makes the zero Lease ready for use. The caller is the reader, or starts it. start starts
// another one; it must not wait. timers makes the timer. While pressed is true, much of a send
// window is in flight: the reader must read soon what the peer acknowledges, or the peer seems
// slow.
func (l *Lease) Init(pressed *atomic.Bool, timers func(func()) beat.Timer, start func()) {
	l.start, l.timers, l.needs, l.pressed = start, timers, streakOf, pressed
	l.soon = LookAfter
	l.trust.Store(int64(mostLooks * l.soon))
}

// Begin is called by a goroutine that has been started as the reader.
func (l *Lease) Begin() {
	if !l.left {
		return
	}
	l.left = false
	if l.times.Load()-l.began >= streakOf {
		l.needs = streakOf
	} else {
		l.needs = min(2*l.needs, mostStreak)
	}
	l.mu.Lock() // A look may be setting it, too.
	l.timer.Reset(callLook)
	l.mu.Unlock()
}

// End is called by the reader when the connection has ended.
func (l *Lease) End() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// Call is called by the reader before it calls a handler. It returns what Return needs.
func (l *Lease) Call() (call uint64) {
	l.needTimer()
	call = l.state.Load() + holders + calling
	l.state.Store(call) // From here on the caller may not be the reader.
	if !l.runs.Load() && l.runs.CompareAndSwap(false, true) {
		l.timer.Reset(callLook)
	}
	if l.pressed.Load() {
		l.startInstead(calling)
	}
	return call
}

// needTimer makes the timer. Only the reader calls it.
func (l *Lease) needTimer() {
	if l.timer == nil {
		l.timer = l.timers(l.look)
	}
}

// Return ends Call. It reports whether the caller still is the reader.
func (l *Lease) Return(call uint64) bool { return l.state.CompareAndSwap(call, call-calling) }

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

// Lend leaves the lease to requests. The reader calls it, and is the reader no more.
func (l *Lease) Lend() {
	state, heard := l.state.Load()+vacant, l.heard
	l.streak, l.left, l.began = 0, true, l.times.Load()
	l.vacated = time.Now()
	l.mu.Lock()
	l.watch.state, l.watch.times, l.wait = state, l.began, l.soon
	l.runs.Store(true)
	l.mu.Unlock()
	l.needTimer()
	l.timer.Reset(l.soon + beat.Every) // The next beat may come at once.
	l.state.Store(state)
	if l.asked.Load() != heard {
		l.Recall() // A request that came meanwhile may have found that the reader reads.
	}
	l.recallIfNeeded()
}

func (l *Lease) look() {
	if l.mustStart() {
		l.start()
	}
}

// mustStart looks, and reports whether a reader must start.
func (l *Lease) mustStart() (start bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state, before := l.state.Load(), l.watch.state
	l.watch.state = state
	next := callLook
	switch state % holders {
	case calling:
		start = state == before && l.state.CompareAndSwap(state, state-calling)
	case reading:
		if state == before {
			l.runs.Store(false)
			if l.state.Load() == state || !l.runs.CompareAndSwap(false, true) {
				return false
			}
		}
	default:
		start = l.lookForRequests(state, before)
		switch l.state.Load() % holders {
		case recalled:
			return false // The request has a reader start, which sets the timer.
		case vacant, taken:
			next = l.wait
		}
	}
	l.timer.Reset(next)
	return start
}

func (l *Lease) lookForRequests(state, before uint64) (start bool) {
	times, seen := l.times.Load(), l.watch.times
	l.watch.times = times
	switch {
	case before%holders < vacant: // the first look
		l.wait = l.soon
	case times-seen >= uint64(fewest*l.wait/l.soon):
		l.wait = min(2*l.wait, time.Duration(l.trust.Load()))
	case state%holders == vacant && l.state.CompareAndSwap(state, state-vacant):
		l.resumed = time.Now()
		return true
	case state%holders == taken:
		l.state.CompareAndSwap(state, state-taken+recalled)
	}
	return false
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
// answer. From now on the timer looks twice as soon, down to LookAfter.
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
	state := l.state.Load()
	if state%holders != vacant || !l.state.CompareAndSwap(state, state-vacant+taken) {
		return false, false
	}
	l.times.Add(1)
	return true, time.Since(l.vacated) > l.soon
}

// GiveUp leaves the lease to the next request; or to a reader, if one was asked for, is
// needed, or another request waits already.
func (l *Lease) GiveUp() {
	l.vacated = time.Now()
	state := l.state.Load()
	if state%holders != taken || !l.state.CompareAndSwap(state, state-taken+vacant) {
		l.GiveBack()
		return
	}
	l.recallIfNeeded()
}

// GiveBack has a reader start. Only a request that holds the lease calls it.
func (l *Lease) GiveBack() {
	state := l.state.Load()
	l.state.Store(state - state%holders)
	l.start()
}

func (l *Lease) recallIfNeeded() {
	if l.pressed.Load() || l.waiting.Load() > 1 {
		l.Recall()
	}
}

// Recall has a reader start if nobody has the lease.
func (l *Lease) Recall() { l.startInstead(vacant) }

// TakeOver is like Recall, and also has another reader start while the reader calls a handler.
func (l *Lease) TakeOver() {
	l.startInstead(vacant)
	l.startInstead(calling)
}

func (l *Lease) startInstead(of uint64) {
	if state := l.state.Load(); state%holders == of && l.state.CompareAndSwap(state, state-of) {
		l.start()
	}
}

// Times is how often requests have taken the lease.
func (l *Lease) Times() uint64 { return l.times.Load() }

// Looks is the longest time between two looks at requests, and the shortest that this
// ever is.
func (l *Lease) Looks() (longest, shortest time.Duration) {
	return time.Duration(l.trust.Load()), l.soon
}
