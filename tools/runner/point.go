package runner

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
)

// point is where drivers wait for each other: a checkpoint, a signal, a listener, or the end
// of all actions. Its parties are those that others wait for. The coordinator's lock guards
// it.
type point struct {
	at      engine.Point
	parties []int
	// arrived counts, by driver, how often it has reached the point. A driver's n-th time is
	// its part in round n, which is complete when every party has reached it n times.
	arrived map[int]int
	// waits counts, by driver, its waits at a signal.
	waits  map[int]int
	rounds map[int]*turn
}

// turn is a round that is not complete yet.
type turn struct {
	arrivals int
	waiting  []arrival
}

type arrival struct {
	driver   int
	released chan error
}

func newPoint(at engine.Point, parties []int) *point {
	return &point{at: at, parties: parties, arrived: map[int]int{}, waits: map[int]int{}, rounds: map[int]*turn{}}
}

// reached counts the driver in, and returns the round.
func (p *point) reached(driver int, c *coordinator) (n int) {
	p.arrived[driver]++
	n = p.arrived[driver]
	r := p.round(n)
	if r.arrivals++; r.arrivals == len(p.parties) {
		p.release(n, c, nil)
	}
	return n
}

func (p *point) round(n int) *turn {
	r := p.rounds[n]
	if r == nil {
		r = &turn{}
		p.rounds[n] = r
	}
	return r
}

// wait has the driver wait for a round. The channel gets one value when that is complete, or
// broken.
func (p *point) wait(driver int, c *coordinator) (released chan error, n int) {
	released = make(chan error, 1)
	switch p.at.Kind {
	case engine.AtSignal:
		p.waits[driver]++
		n = p.waits[driver]
	case engine.AtListener, engine.AtFinish:
		n = 1
	default:
		n = p.arrived[driver] + 1 // It counts as the last party only once it waits.
	}
	if p.complete(n) {
		released <- nil
		return released, n
	}
	r := p.round(n)
	r.waiting = append(r.waiting, arrival{driver, released})
	c.wait(driver, 1)
	c.note(driver, engine.Record{Kind: engine.RecordArrived, At: &p.at})
	if p.at.Kind == engine.AtCheckpoint || p.at.Kind == engine.AtEnd {
		p.reached(driver, c)
	}
	if p.at.Kind == engine.AtEnd {
		c.finished(driver)
	}
	if p.rounds[n] != nil && p.broken(n, c) {
		p.breakUp(n, c)
	}
	return released, n
}

// complete reports whether every party has reached a round, which is then forgotten.
func (p *point) complete(n int) bool {
	return p.rounds[n] == nil && !slices.ContainsFunc(p.parties, func(party int) bool { return p.arrived[party] < n })
}

// partyFinished breaks the rounds that wait for a driver which comes no more.
func (p *point) partyFinished(driver int, c *coordinator) {
	if p.at.Kind == engine.AtEnd || !slices.Contains(p.parties, driver) {
		return // Whoever has finished comes to the end, or has ended.
	}
	for n := range p.rounds {
		if n > p.arrived[driver] {
			p.breakUp(n, c)
		}
	}
}

// broken reports whether a round waits for a driver that comes no more.
func (p *point) broken(n int, c *coordinator) bool {
	return c.anyFinished && p.at.Kind != engine.AtEnd && slices.ContainsFunc(p.parties, func(party int) bool { return p.arrived[party] < n && c.done[party] })
}

func (p *point) breakUp(n int, c *coordinator) {
	if len(p.rounds[n].waiting) > 0 {
		p.release(n, c, fmt.Errorf("%v is broken: %s", p.at, p.attendance(c, n)))
	}
}

func (p *point) release(n int, c *coordinator, err error) {
	for _, a := range p.rounds[n].waiting {
		c.wait(a.driver, -1)
		c.note(a.driver, engine.Record{Kind: engine.RecordReleased, At: &p.at, Name: engine.ErrorText(err)})
		a.released <- err
	}
	if err == nil {
		delete(p.rounds, n)
	} else {
		p.rounds[n].waiting = nil
	}
	if p.at == (engine.Point{Kind: engine.AtCheckpoint, Name: c.rests}) && c.resting != nil {
		c.resting()
	}
}

// attendance says who came, who is missing, and why: first those who will not come.
func (p *point) attendance(c *coordinator, n int) string {
	var came, gone, missing []string
	for _, party := range p.parties {
		if p.arrived[party] >= n {
			came = append(came, c.name(party))
			continue
		}
		text := c.name(party) + " (" + p.whyMissing(c, party) + ")"
		if c.done[party] {
			gone = append(gone, text)
		} else {
			missing = append(missing, text)
		}
	}
	format := "arrived: %s; missing: %s"
	if p.at.Kind == engine.AtSignal {
		format = "sent by: %s; not by: %s"
	}
	text := fmt.Sprintf(format, few(came), few(append(gone, missing...)))
	if n > 1 {
		text = fmt.Sprintf("round %d, %s", n, text)
	}
	return engine.Readable(text)
}

// few joins the first of texts, and counts the rest.
func few(texts []string) string {
	if len(texts) == 0 {
		return "nobody"
	}
	return brief.Each(len(texts), ", ", func(i int) string { return texts[i] })
}

func (p *point) whyMissing(c *coordinator, driver int) string {
	at := c.standing[driver]
	for _, f := range c.failures {
		if f.Driver == at.Driver {
			return "failed" // The report says how.
		}
	}
	times := ""
	if n := p.arrived[driver]; n > 0 {
		times = fmt.Sprintf(" after coming %d times", n)
	}
	switch {
	case at.Ended:
		return "ended" + times + "; its last action was " + at.Step.Action.String()
	case c.done[driver]:
		return "has finished its actions" + times
	}
	return "still at " + at.Step.Action.String()
}
