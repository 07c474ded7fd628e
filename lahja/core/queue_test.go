package core

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

// TestTakingKeepsTheOrder takes from queues of many lengths, of which some are taken whole.
func TestTakingKeepsTheOrder(t *testing.T) {
	s := &subscription{config: lahja.SubscribeConfig{WhenFull: lahja.Block}}
	from, next, taken := &source{}, uint64(0), uint64(0)
	for n := range 3 * mostAtHand {
		for range n {
			next++
			s.queue.push(batchOfOne(from, nil, item{sequence: next, cost: 1}, nil, nil).all())
			s.stats.Queued++
			s.stats.QueuedBytes++
		}
		for s.queue.len() > 0 {
			s.spare = s.takeSomeLocked()
			if len(s.spare) == 0 || len(s.spare) > mostAtHand || cap(s.spare) > keep {
				t.Fatalf("of %d events it took %d, in memory for %d", n, len(s.spare), cap(s.spare))
			}
			for _, e := range s.spare {
				if taken++; e.batch.events[e.from].sequence != taken {
					t.Fatalf("got event %d, want %d", e.batch.events[e.from].sequence, taken)
				}
			}
			s.putBack()
		}
	}
	if taken != next || s.stats.Taken != taken || s.stats.Queued != 0 || s.stats.QueuedBytes != 0 {
		t.Errorf("%d of %d events were taken: %+v", taken, next, s.stats)
	}
}
