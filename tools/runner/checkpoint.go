package runner

import (
	"fmt"
	"slices"
	"strings"
)

// checkpoint is the state of one checkpoint. The coordinator's lock guards it.
type checkpoint struct {
	name    string
	parties []int
	// arrived counts arrivals by driver. A driver's n-th arrival is its part in
	// round n, which is complete when every party has arrived n times.
	arrived map[int]int
	waiting []arrival
}

type arrival struct {
	driver, round int
	released      chan error
}

func newCheckpoint(name string, parties []int) *checkpoint {
	return &checkpoint{name: name, parties: parties, arrived: map[int]int{}}
}

// arrive counts the driver in. The channel gets one value when its round is
// complete, or broken.
func (cp *checkpoint) arrive(driver int, c *coordinator) <-chan error {
	cp.arrived[driver]++
	a := arrival{driver: driver, round: cp.arrived[driver], released: make(chan error, 1)}
	cp.waiting = append(cp.waiting, a)
	cp.settle(c)
	return a.released
}

// partyEnded breaks the rounds that wait for a driver which arrives no more.
func (cp *checkpoint) partyEnded(driver int, c *coordinator) {
	if slices.Contains(cp.parties, driver) {
		cp.settle(c)
	}
}

// settle releases who waits for a round that is complete, or broken.
func (cp *checkpoint) settle(c *coordinator) {
	cp.waiting = slices.DeleteFunc(cp.waiting, func(a arrival) bool {
		missing, broken := cp.missing(a.round, c)
		switch {
		case len(missing) == 0:
			a.released <- nil
		case broken:
			a.released <- fmt.Errorf("checkpoint %q is broken: %s", cp.name, cp.attendance(c, a.round))
		default:
			return false
		}
		return true
	})
}

// missing returns the parties that have not arrived in a round, and whether one
// of them no longer can.
func (cp *checkpoint) missing(round int, c *coordinator) (missing []int, broken bool) {
	for _, p := range cp.parties {
		if cp.arrived[p] < round {
			missing = append(missing, p)
			broken = broken || c.standing[p].Ended
		}
	}
	return missing, broken
}

// attendance says who arrived, who is missing, and why.
func (cp *checkpoint) attendance(c *coordinator, round int) string {
	var arrived, missing []string
	for _, p := range cp.parties {
		if cp.arrived[p] >= round {
			arrived = append(arrived, c.name(p))
			continue
		}
		missing = append(missing, c.name(p)+" ("+cp.whyMissing(c, p)+")")
	}
	text := fmt.Sprintf("arrived: %s; missing: %s", strings.Join(arrived, ", "), strings.Join(missing, ", "))
	if round > 1 {
		text = fmt.Sprintf("round %d, %s", round, text)
	}
	return text
}

func (cp *checkpoint) whyMissing(c *coordinator, driver int) string {
	at := c.standing[driver]
	for _, f := range c.failures {
		if f.Driver == at.Driver {
			return "failed: " + f.Message
		}
	}
	times := ""
	if n := cp.arrived[driver]; n > 0 {
		times = fmt.Sprintf(" after arriving %d times", n)
	}
	if at.Ended {
		return "ended" + times + "; its last action was " + at.Step.Action.String()
	}
	return "still at " + at.Step.Action.String()
}
