package beat

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// New returns a timer that is not set. Its function must not wait. It is a Go timer if the
// system gives no clock, which is a descriptor: there may be none left.
func New(f func()) Timer {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.clock == nil {
		c, err := newClock()
		if err != nil {
			return GoTimer(f)
		}
		shared.clock = c
	}
	t := &timer{clock: shared.clock, f: f}
	timers := append(slices.Clone(*t.clock.timers.Load()), t)
	t.clock.timers.Store(&timers)
	return t
}

// shared is the clock of all timers, while there are some.
var shared struct {
	mu    ordered.Mutex[ordered.Leaf]
	clock *clock
}

type timer struct {
	clock *clock
	f     func()
	beats atomic.Int64 // until it is due; 0 if it is not set
}

// Reset implements Timer.
func (t *timer) Reset(d time.Duration) bool {
	was := t.beats.Swap(int64((d + Every - 1) / Every))
	t.clock.run()
	return was != 0
}

// Stop implements Timer. The last timer ends the clock, so no timer's function may call it.
func (t *timer) Stop() bool {
	shared.mu.Lock()
	rest := slices.DeleteFunc(slices.Clone(*t.clock.timers.Load()), func(other *timer) bool { return other == t })
	t.clock.timers.Store(&rest)
	last := len(rest) == 0 && shared.clock == t.clock
	if last {
		shared.clock = nil
	}
	shared.mu.Unlock()
	if last {
		t.clock.file.Close()
		<-t.clock.ended
	}
	return t.beats.Swap(0) != 0
}

// beat counts down, and calls the function if it is due. It reports whether the timer is set.
func (t *timer) beat() bool {
	n := t.beats.Load()
	if n > 0 && t.beats.CompareAndSwap(n, n-1) && n == 1 {
		t.f()
	}
	return n > 0
}

// clock is one of the system that expires again and again while it runs.
type clock struct {
	file   *os.File
	timers atomic.Pointer[[]*timer] // replaced under shared.mu
	runs   atomic.Bool
	ended  chan struct{} // closed
}

func newClock() (*clock, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	c := &clock{file: os.NewFile(uintptr(fd), "timer"), ended: make(chan struct{})}
	if err := c.file.SetReadDeadline(time.Time{}); err != nil {
		return nil, errors.Join(err, c.file.Close()) // A goroutine cannot wait for it.
	}
	c.timers.Store(new([]*timer))
	go c.beat()
	return c, nil
}

// run has the clock run, if it does not.
func (c *clock) run() {
	if !c.runs.Load() && c.runs.CompareAndSwap(false, true) {
		c.set(Every)
	}
}

// rest stops the clock until a timer is set.
func (c *clock) rest() {
	c.set(0)
	c.runs.Store(false)
	if slices.ContainsFunc(*c.timers.Load(), func(t *timer) bool { return t.beats.Load() > 0 }) {
		c.run()
	}
}

// set sets the time between two beats; 0 stops the clock. It fails only if the file is closed,
// and then no timer is left.
func (c *clock) set(every time.Duration) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return
	}
	to := unix.NsecToTimespec(int64(every))
	_ = raw.Control(func(fd uintptr) {
		_ = unix.TimerfdSettime(int(fd), 0, &unix.ItimerSpec{Interval: to, Value: to}, nil) // The arguments are valid.
	})
}

// beat runs until the file is closed. It serves the whole process, so it has no labels of the
// goroutine that happened to make the first timer.
func (c *clock) beat() {
	defer close(c.ended)
	pprof.SetGoroutineLabels(context.Background())
	var expired [8]byte
	for {
		if _, err := c.file.Read(expired[:]); err != nil {
			return
		}
		set := false
		for _, t := range *c.timers.Load() {
			set = t.beat() || set
		}
		if !set {
			c.rest()
		}
	}
}
