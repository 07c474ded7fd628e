// Package timelinetest makes recorded runs to draw: small ones that read like a shop's, and one of
// a hundred drivers. They are the same every time.
package timelinetest

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// builder writes a run as its drivers would.
type builder struct {
	run     *recording.Run
	ids     []uint64
	serials []int
	// open are the steps that each driver is in, the innermost last.
	open [][]recording.Entry
}

func newBuilder(header recording.Header) *builder {
	header.Schema = recording.Schema
	header.Began = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	n := len(header.Drivers)
	return &builder{run: &recording.Run{Header: header}, ids: make([]uint64, n), serials: make([]int, n), open: make([][]recording.Entry, n)}
}

func (b *builder) add(driver int, at time.Duration, e recording.Entry) {
	e.Driver, e.At = driver, at
	b.run.Entries = append(b.run.Entries, e)
}

// begin begins the driver's declared step of that index.
func (b *builder) begin(driver, step int, at time.Duration) {
	declared := b.run.Drivers[driver].Steps[step]
	b.serials[driver]++
	e := recording.Entry{Kind: recording.StepBegan, Step: step, Serial: b.serials[driver], Text: declared.Text, Source: declared.Source}
	b.open[driver] = append(b.open[driver], e)
	b.add(driver, at, e)
}

// end ends the step that the driver is in.
func (b *builder) end(driver int, at time.Duration, err string) {
	last := len(b.open[driver]) - 1
	e := b.open[driver][last]
	b.open[driver] = b.open[driver][:last]
	b.add(driver, at, recording.Entry{Kind: recording.StepEnded, Step: e.Step, Serial: e.Serial, Error: err})
}

// step is a step without anything in it.
func (b *builder) step(driver, step int, at, until time.Duration) {
	b.begin(driver, step, at)
	b.end(driver, until, "")
}

func (b *builder) id(driver, count int) recording.ID {
	id := recording.ID{Instance: 0xa0 + uint64(driver), Sequence: b.ids[driver] + 1}
	b.ids[driver] += uint64(count)
	return id
}

// message is one event, or count of them, from one driver to another.
type message struct {
	from, to  int
	event     string
	at, until time.Duration
	answers   recording.ID
	count     int
}

// send records a message at both ends.
func (b *builder) send(m message) recording.ID {
	id := b.id(m.from, max(1, m.count))
	b.sent(id, m)
	b.received(id, m)
	return id
}

func (b *builder) sent(id recording.ID, m message) {
	b.add(m.from, m.at, recording.Entry{Kind: recording.Sent, Peer: b.name(m.to), Event: m.event, ID: id,
		Answers: m.answers, Count: m.count, Size: 48 * max(1, m.count)})
}

func (b *builder) received(id recording.ID, m message) {
	b.add(m.to, m.until, recording.Entry{Kind: recording.Received, Peer: b.name(m.from), Event: m.event, ID: id,
		Answers: m.answers, Count: m.count, Size: 48 * max(1, m.count)})
}

func (b *builder) name(driver int) string { return b.run.Drivers[driver].Name }

// connect records a connection, and what each end then announces to the other.
func (b *builder) connect(from, to int, at time.Duration, announces string) {
	b.add(from, at, recording.Entry{Kind: recording.Connected, Peer: b.name(to)})
	b.add(to, at+40*time.Microsecond, recording.Entry{Kind: recording.Connected, Peer: b.name(from)})
	b.add(from, at+110*time.Microsecond, recording.Entry{Kind: recording.Announced, Peer: b.name(to), Text: announces})
}

// meet has drivers arrive at a point in turn, by a step each, and releases them together.
func (b *builder) meet(point string, released time.Duration, arrivals ...arrival) {
	for _, a := range arrivals {
		b.begin(a.driver, a.step, a.at)
		b.add(a.driver, a.at+5*time.Microsecond, recording.Entry{Kind: recording.Arrived, Step: a.step, Serial: b.serials[a.driver], Text: point})
	}
	for i, a := range arrivals {
		at := released + time.Duration(i)*12*time.Microsecond
		b.add(a.driver, at, recording.Entry{Kind: recording.Released, Step: a.step, Text: point})
		b.end(a.driver, at+3*time.Microsecond, "")
	}
}

type arrival struct {
	driver, step int
	at           time.Duration
}

// finish puts the entries in order of time, keeping each driver's own order.
func (b *builder) finish(outcome recording.Outcome) *recording.Run {
	slices.SortStableFunc(b.run.Entries, func(x, y recording.Entry) int { return int(x.At - y.At) })
	b.run.Outcome = outcome
	return b.run
}
