package runner

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
)

// checkpoint is the state of one checkpoint. The coordinator's lock guards it.
type checkpoint struct {
	name    string
	parties []int
	// arrived counts arrivals by driver. A driver's n-th arrival is its part in
	// round n, which is complete when every party has arrived n times.
	arrived map[int]int
	rounds  map[int]*meeting
}

// meeting is one round that is not complete yet.
type meeting struct {
	arrivals int
	waiting  []arrival
}

type arrival struct {
	driver   int
	released chan error
}

func newCheckpoint(name string, parties []int) *checkpoint {
	return &checkpoint{name: name, parties: parties, arrived: map[int]int{}, rounds: map[int]*meeting{}}
}

// arrive counts the driver in. The channel gets one value when its round is
// complete, or broken.
func (cp *checkpoint) arrive(driver int, c *coordinator) <-chan error {
	cp.arrived[driver]++
	round := cp.arrived[driver]
	m := cp.rounds[round]
	if m == nil {
		m = &meeting{}
		cp.rounds[round] = m
	}
	released := make(chan error, 1)
	m.arrivals++
	m.waiting = append(m.waiting, arrival{driver, released})
	c.wait(driver, 1)
	if m.arrivals == len(cp.parties) {
		cp.release(round, c, nil)
	} else if cp.broken(round, c) {
		cp.breakUp(round, c)
	}
	return released
}

// partyEnded breaks the rounds that wait for a driver which arrives no more.
func (cp *checkpoint) partyEnded(driver int, c *coordinator) {
	if !slices.Contains(cp.parties, driver) {
		return
	}
	for round := range cp.rounds {
		if round > cp.arrived[driver] {
			cp.breakUp(round, c)
		}
	}
}

// broken reports whether a round waits for a driver that has ended.
func (cp *checkpoint) broken(round int, c *coordinator) bool {
	return c.anyEnded && slices.ContainsFunc(cp.parties, func(p int) bool {
		return cp.arrived[p] < round && c.standing[p].Ended
	})
}

func (cp *checkpoint) breakUp(round int, c *coordinator) {
	cp.release(round, c, fmt.Errorf("checkpoint %q is broken: %s", cp.name, cp.attendance(c, round)))
}

func (cp *checkpoint) release(round int, c *coordinator, err error) {
	for _, a := range cp.rounds[round].waiting {
		c.wait(a.driver, -1)
		a.released <- err
	}
	delete(cp.rounds, round)
	if cp.name == c.rests && c.resting != nil {
		c.resting()
	}
}

// attendance says who arrived, who is missing, and why: first those who will not come.
func (cp *checkpoint) attendance(c *coordinator, round int) string {
	var arrived, gone, missing []string
	for _, p := range cp.parties {
		if cp.arrived[p] >= round {
			arrived = append(arrived, c.name(p))
			continue
		}
		text := c.name(p) + " (" + cp.whyMissing(c, p) + ")"
		if c.standing[p].Ended {
			gone = append(gone, text)
		} else {
			missing = append(missing, text)
		}
	}
	text := fmt.Sprintf("arrived: %s; missing: %s", few(arrived), few(append(gone, missing...)))
	if round > 1 {
		text = fmt.Sprintf("round %d, %s", round, text)
	}
	return engine.Readable(text)
}

// few joins the first of texts, and counts the rest.
func few(texts []string) string {
	return brief.Each(len(texts), ", ", func(i int) string { return texts[i] })
}

func (cp *checkpoint) whyMissing(c *coordinator, driver int) string {
	at := c.standing[driver]
	for _, f := range c.failures {
		if f.Driver == at.Driver {
			return "failed" // The report says how.
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
