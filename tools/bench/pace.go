package bench

import "time"

// pace spreads events over time. The zero value does not delay them.
type pace struct {
	start time.Time
	each  time.Duration
}

func newPace(perSecond float64) pace {
	if perSecond <= 0 {
		return pace{}
	}
	return pace{start: time.Now(), each: time.Duration(float64(time.Second) / perSecond)}
}

// early reports whether the event with that index must wait for its time.
func (p pace) early(index int) bool { return p.each > 0 && time.Until(p.due(index)) > 0 }

// wait waits for that time. Late events are sent at once, until the sender has caught up.
func (p pace) wait(index int) { time.Sleep(time.Until(p.due(index))) }

func (p pace) due(index int) time.Time { return p.start.Add(time.Duration(index) * p.each) }
