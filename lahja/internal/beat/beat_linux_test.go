package beat

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTimerCallsOncePerReset(t *testing.T) {
	calls := make(chan struct{}, 100)
	timer := New(func() { calls <- struct{}{} })
	defer timer.Stop()
	for _, d := range []time.Duration{1, Every, 3 * Every} {
		set := time.Now()
		timer.Reset(d)
		<-calls
		if took := time.Since(set); took < d-Every {
			t.Errorf("set to %v it was due after %v", d, took)
		}
	}
	other := make(chan struct{})
	second := New(func() { close(other) })
	defer second.Stop()
	second.Reset(10 * Every)
	<-other
	if n := len(calls); n > 0 {
		t.Errorf("it was due %d times more than it was set", n)
	}
}

func TestClockRestsWhileNoTimerIsSet(t *testing.T) {
	calls := make(chan struct{})
	timer := New(func() { calls <- struct{}{} }).(*timer)
	defer timer.Stop()
	for range 3 {
		timer.Reset(Every)
		<-calls
		for timer.clock.runs.Load() {
			time.Sleep(Every)
		}
	}
}

func TestTimersShareAClockThatEndsWithTheLast(t *testing.T) {
	first, second := New(func() {}).(*timer), New(func() {}).(*timer)
	if first.clock != second.clock {
		t.Error("each has a clock of its own")
	}
	first.Stop()
	if _, err := first.clock.file.SyscallConn(); err != nil {
		t.Errorf("the clock ended with the first timer: %v", err)
	}
	second.Reset(Every)
	second.Stop()
	second.Stop()
	if err := second.clock.file.Close(); err == nil {
		t.Error("the clock has not ended with the last timer")
	}
	second.Reset(Every) // It must do nothing.
}

// TestTimerIsNeverForgotten sets timers while the clock decides to rest.
func TestTimerIsNeverForgotten(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			due := make(chan struct{})
			timer := New(func() { due <- struct{}{} })
			defer timer.Stop()
			for range 200 {
				timer.Reset(Every)
				<-due
			}
		})
	}
	all.Wait()
}

// TestClockHasNoLabels has somebody with labels make the first timer, who may end before the clock.
func TestClockHasNoLabels(t *testing.T) {
	var made Timer
	pprof.Do(t.Context(), pprof.Labels("who", "first"), func(context.Context) { made = New(func() {}) })
	defer made.Stop()
	calls := make(chan struct{})
	second := New(func() { close(calls) })
	defer second.Stop()
	second.Reset(Every)
	<-calls // The clock runs.
	var dump bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&dump, 1); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(dump.String(), "beat.(*clock).beat") || strings.Contains(dump.String(), `"who":"first"`) {
		t.Errorf("want the clock without labels:\n%s", &dump)
	}
}
