package bench

import (
	"encoding/json"
	"time"

	// HdrHistogram has a fixed precision over any range, merges and travels; it is maintained, MIT, and only its tests have dependencies.
	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// maxLatency is far longer than any stall may last.
	maxLatency = time.Hour
	// latencyDigits are the significant digits of a latency. A third would take eight times the memory.
	latencyDigits = 2
)

// latency counts times in a histogram. As JSON it travels between processes. It is not
// safe for concurrent use.
type latency struct{ *hdrhistogram.Histogram }

func newLatency() *latency {
	return &latency{hdrhistogram.New(1, int64(maxLatency), latencyDigits)}
}

// add counts a time. The clocks of two processes may differ a little, so a negative time counts as 0.
func (l *latency) add(d time.Duration) {
	// The histogram takes every value within its bounds.
	_ = l.RecordValue(int64(min(max(d, 0), maxLatency)))
}

func (l *latency) merge(other *latency) {
	if other != nil {
		l.Merge(other.Histogram) // Both have the same bounds, so nothing is dropped.
	}
}

// MarshalJSON implements json.Marshaler.
func (l *latency) MarshalJSON() ([]byte, error) { return json.Marshal(l.Export()) }

// UnmarshalJSON implements json.Unmarshaler.
func (l *latency) UnmarshalJSON(data []byte) error {
	var s hdrhistogram.Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if err := s.Validate(); err != nil {
		return err
	}
	l.Histogram = hdrhistogram.Import(&s)
	return nil
}
