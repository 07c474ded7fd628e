package recording

import (
	"slices"
	"testing"
	"time"
)

// memoryOf is the memory of a ring as another process sees it.
func memoryOf(r *Ring) []byte { return slices.Clone(r.memory.all) }

// FuzzParse: whatever a process leaves in its ring, reading it does no harm.
func FuzzParse(f *testing.F) {
	ring := NewRing(4)
	for n := range 6 {
		ring.StepEnded(n, n, time.Second, nil)
	}
	ring.Fault("crashes")
	f.Add(memoryOf(ring))
	f.Add(make([]byte, ringSize(2)))
	f.Fuzz(func(t *testing.T, mem []byte) {
		got, err := parse(mem)
		if err == nil && len(got.Entries) > len(mem)/recordSize {
			t.Errorf("%d entries of %d bytes", len(got.Entries), len(mem))
		}
	})
}

func TestUnfinishedRecordsAreLeftOut(t *testing.T) {
	ring := NewRing(8)
	for n := range 3 {
		ring.StepEnded(n, n, time.Second, nil)
	}
	ring.lanes[0].claim(fault, time.Now()) // A process that is killed here writes no number.
	got, err := parse(memoryOf(ring))
	if err != nil || len(got.Entries) != 3 || got.Lost != 0 {
		t.Errorf("got %+v, %v; want three entries", got, err)
	}
}
