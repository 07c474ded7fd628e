package bench

import (
	"maps"
	"math/bits"
	"slices"
	"time"
)

// latency counts times in buckets, each at most 1/64 wider than the one before, so
// that those of several processes can be added up. Its zero value is empty. It is
// not safe for concurrent use.
type latency struct {
	Counts  map[int]int64 `json:"counts"`
	Number  int64         `json:"number"`
	Total   time.Duration `json:"total"`
	Fastest time.Duration `json:"fastest"`
	Slowest time.Duration `json:"slowest"`
}

const (
	// latencyBits is how many leading bits of a time tell its bucket.
	latencyBits = 7
	latencyStep = 1 << (latencyBits - 1)
)

func (l *latency) add(d time.Duration) {
	d = max(d, 0) // two processes' clocks may be apart by less than that
	if l.Counts == nil {
		l.Counts = map[int]int64{}
	}
	if l.Number == 0 || d < l.Fastest {
		l.Fastest = d
	}
	l.Slowest = max(l.Slowest, d)
	l.Counts[bucket(d)]++
	l.Number++
	l.Total += d
}

func (l *latency) merge(other *latency) {
	if other == nil || other.Number == 0 {
		return
	}
	if l.Counts == nil {
		l.Counts = map[int]int64{}
	}
	if l.Number == 0 || other.Fastest < l.Fastest {
		l.Fastest = other.Fastest
	}
	l.Slowest = max(l.Slowest, other.Slowest)
	for b, n := range other.Counts {
		l.Counts[b] += n
	}
	l.Number += other.Number
	l.Total += other.Total
}

func (l *latency) average() time.Duration {
	if l.Number == 0 {
		return 0
	}
	return l.Total / time.Duration(l.Number)
}

// percentile is the time that the given part of all, from 0 to 1, did not exceed.
func (l *latency) percentile(part float64) time.Duration {
	left := int64(part * float64(l.Number))
	for _, b := range slices.Sorted(maps.Keys(l.Counts)) {
		if left -= l.Counts[b]; left < 0 {
			return min(max(lowest(b), l.Fastest), l.Slowest)
		}
	}
	return l.Slowest
}

// bucket numbers the bucket of a time: small times have one each, larger ones share
// one with those of the same leading bits.
func bucket(d time.Duration) int {
	shift := max(bits.Len64(uint64(d))-latencyBits, 0)
	return shift*latencyStep + int(uint64(d)>>shift)
}

// lowest is the shortest time of a bucket.
func lowest(b int) time.Duration {
	if b < 2*latencyStep {
		return time.Duration(b)
	}
	shift := b/latencyStep - 1
	return time.Duration(uint64(b-shift*latencyStep) << shift)
}
