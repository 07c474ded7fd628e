package runner

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// settleTime is how long what is ending may take to end before it counts as left
// behind.
const settleTime = time.Second

// turns is how often others get a turn before anything waits. What is ending mostly needs no more.
const turns = 10

// settle calls look until it finds nothing or the time is up.
func settle(look func() []string) []string {
	for range turns {
		if found := look(); len(found) == 0 {
			return nil
		}
		runtime.Gosched()
	}
	pause := 100 * time.Microsecond
	for end := time.Now().Add(settleTime); ; pause = min(2*pause, 50*time.Millisecond) {
		found := look()
		if len(found) == 0 || time.Now().After(end) {
			return found
		}
		time.Sleep(pause)
	}
}

// leakedGoroutines lists the goroutines that drivers of a run left behind. They
// are found by the profiler label that a driver's goroutine hands on to all that
// it starts, so that runs at the same time do not blame each other. Where nothing
// else goes on in the process, their number tells first, at a hundredth of the
// cost, that there is nothing to find: when it is back at the lowest that was ever
// seen, none is left, of this run or of an earlier one. A child always looks, as it
// runs but once.
func (before observation) leakedGoroutines(runID string) []string {
	return settle(func() []string {
		if before.taken && !dispatched.child && fewestAgain() {
			return nil
		}
		var dump bytes.Buffer
		// Writing to a buffer does not fail.
		_ = pprof.Lookup("goroutine").WriteTo(&dump, 1)
		return labelled(dump.String(), runID)
	})
}

// fewestAgain gives goroutines that are ending their turn before it says that there are more.
func fewestAgain() bool {
	for range turns {
		if int64(runtime.NumGoroutine()) <= fewest.Load() {
			return true
		}
		runtime.Gosched()
	}
	return false
}

// labelled finds the goroutines of a run in a goroutine profile. A paragraph of
// it is a count, the labels, and a line a frame.
func labelled(profile, runID string) []string {
	var found []string
	label := fmt.Sprintf("%q:%q", engine.LabelRun, runID)
	if !strings.Contains(profile, label) {
		return nil
	}
	_, profile, _ = strings.Cut(profile, "\n") // The first line is a header.
	for paragraph := range strings.SplitSeq(profile, "\n\n") {
		if !strings.Contains(paragraph, label) {
			continue
		}
		count, _, _ := strings.Cut(paragraph, " ")
		found = append(found, fmt.Sprintf("goroutine: %s of driver %s at %s", count, driverLabel(paragraph), strings.Join(frames(paragraph), "\n    called by ")))
	}
	return found
}

// driverLabel is the driver whose goroutine a paragraph shows.
func driverLabel(paragraph string) string {
	_, after, _ := strings.Cut(paragraph, fmt.Sprintf("%q:\"", engine.LabelDriver))
	name, _, _ := strings.Cut(after, "\"")
	return name
}

// frames returns function and line of the innermost frames outside the runtime.
func frames(paragraph string) []string {
	var all []string
	for line := range strings.SplitSeq(paragraph, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] != "#" || !strings.HasPrefix(fields[1], "0x") {
			continue
		}
		function, place := fields[2], fields[3]
		function = function[:strings.LastIndexByte(function, '+')]
		if strings.HasPrefix(function, "runtime.") || strings.HasPrefix(function, "internal/") {
			continue
		}
		if all = append(all, function[strings.LastIndexByte(function, '/')+1:]+" ("+shortPlace(place)+")"); len(all) == 4 {
			break
		}
	}
	return all
}

// shortPlace is a file and line without what most paths of a report share.
func shortPlace(place string) string {
	colon := strings.LastIndexByte(place, ':')
	if colon < 0 {
		return place
	}
	return drivers.ShortPath(place[:colon]) + place[colon:]
}

func leakFailure(driver string, left []string) *engine.Failure {
	return &engine.Failure{Kind: engine.FailedLeak, Driver: driver, Message: leftBehind(left)}
}

// leftBehind says what was left, each on lines of its own.
func leftBehind(left []string) string { return "left behind: " + strings.Join(left, "\n") }

// observation is what a process had at one moment. Its zero value was not taken.
type observation struct {
	taken       bool
	descriptors map[int]descriptor
	// children are those of this process, by birth or because their parents have gone.
	children []orphans.Process
	// release ends the adoption of orphans.
	release func()
}

// fewest is the lowest number of goroutines that was seen at the start of a run.
var fewest atomic.Int64

func noteGoroutines() {
	if beside.Load() > 0 {
		return // Others end when they like.
	}
	now := int64(runtime.NumGoroutine())
	for {
		low := fewest.Load()
		if low != 0 && low <= now || fewest.CompareAndSwap(low, now) {
			return
		}
	}
}

func (r *Runner) observe() observation {
	if !r.Exclusive {
		return observation{}
	}
	return observeAll()
}

func observeAll() observation {
	noteGoroutines()
	release := orphans.Adopt()
	return observation{taken: true, descriptors: openDescriptors(), children: orphans.Children(), release: release}
}

// compare lists what this process has now and had not then, and ends the processes.
func (before observation) compare() []string {
	if !before.taken {
		return nil
	}
	defer before.release()
	left := append(settle(before.newDescriptors), before.endProcesses()...)
	for _, p := range before.newProcesses() {
		left = append(left, fmt.Sprintf("process: %s was started and not waited for", p))
	}
	slices.Sort(left)
	return left
}

// endProcesses ends those that this process has now and had not then.
func (before observation) endProcesses() []string {
	var left []string
	for _, ended := range orphans.End(before.newProcesses()) {
		left = append(left, fmt.Sprintf("process: %s was left running, and has been ended", ended))
	}
	return left
}

func (before observation) newDescriptors() []string {
	var left []string
	for number, what := range openDescriptors() {
		if before.descriptors[number] == what {
			continue
		}
		if text := describeDescriptor(number, what); text != "" {
			left = append(left, fmt.Sprintf("descriptor: %s was not closed", text))
		}
	}
	return left
}

// newProcesses waits a little for those that are ending.
func (before observation) newProcesses() (left []orphans.Process) {
	settle(func() []string {
		left = orphans.Without(orphans.Children(), before.children)
		return make([]string, len(left))
	})
	return left
}
