package runner

import (
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// journal keeps the last records of each driver, for reports. The coordinator's lock guards it.
type journal struct {
	kept  []pastOf // by driver
	added uint64
}

// noted is a record with its number among all.
type noted struct {
	engine.Record
	number uint64
}

// pastOf is what one driver has told.
type pastOf struct {
	records []noted
	lost    uint64
}

// mostKept is how many records of a driver are kept at least: as many as its ring holds by
// default.
const mostKept = 4096

func (j *journal) add(driver int, r engine.Record) {
	d := &j.kept[driver]
	if len(d.records) >= 2*mostKept {
		d.lost += mostKept
		d.records = append(d.records[:0], d.records[mostKept:]...)
	}
	if d.records == nil {
		d.records = make([]noted, 0, usualRecords)
	}
	j.added++
	d.records = append(d.records, noted{r, j.added})
}

// usualRecords is how many records most drivers have.
const usualRecords = 16

// steps are the steps that a driver began, of those that are kept.
func (j *journal) steps(driver int) []engine.Step {
	var all []engine.Step
	for _, r := range j.kept[driver].records {
		if r.Kind == engine.RecordStep {
			all = append(all, *r.Step)
		}
	}
	return all
}

// note keeps a record that the coordinator makes itself, of what happens to a driver. The lock
// is held.
func (c *coordinator) note(driver int, r engine.Record) {
	r.Driver, r.Time = driver, time.Now()
	c.journal.add(driver, r)
}
