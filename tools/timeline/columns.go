package timeline

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// pageData is what the page draws. Lists of thousands are columns, which compress well and are
// parsed fast. Times are in nanoseconds; each column of begins holds differences to the one before.
type pageData struct {
	// Strings has every text once. Columns named after texts have indices into it.
	Strings  []string      `json:"strings"`
	Kinds    []pageKind    `json:"kinds"`
	Drivers  []pageDriver  `json:"drivers"`
	Spans    pageSpans     `json:"spans"`
	Messages pageMessages  `json:"messages"`
	Marks    pageMarks     `json:"marks"`
	Meetings []pageMeeting `json:"meetings"`
	// Failure is the one that stopped the run.
	Failure *pageFailure  `json:"failure,omitempty"`
	Entries int           `json:"entries"`
	End     time.Duration `json:"end"`
}

type pageKind struct {
	Name   string `json:"name"`
	Symbol string `json:"symbol"`
	Group  string `json:"group"`
}

type pageDriver struct {
	Name string `json:"name"`
}

type pageSpans struct {
	Driver []int   `json:"driver"`
	Step   []int   `json:"step"`
	Depth  []int   `json:"depth"`
	Begin  []int64 `json:"begin"`
	Took   []int64 `json:"took"`
	Text   []int   `json:"text"`
	Source []int   `json:"source"`
	Error  []int   `json:"error"`
	Flags  []int   `json:"flags"`
}

// The flags of a span.
const (
	spanOpen = 1 << iota
	spanWaits
)

type pageMessages struct {
	From  []int   `json:"from"`
	To    []int   `json:"to"`
	Begin []int64 `json:"begin"`
	Took  []int64 `json:"took"`
	Event []int   `json:"event"`
	Count []int   `json:"count"`
	// An event is known by the instance of its endpoint and a number.
	Instance []int `json:"instance"`
	ID       []int `json:"id"`
	Flags    []int `json:"flags"`
	// Endpoints are named where one is not its driver's own.
	Endpoints []int `json:"endpoints"`
}

// The flags of a message.
const (
	messageAnswers = 1 << iota
	messageLost
)

type pageMarks struct {
	Driver []int   `json:"driver"`
	Kind   []int   `json:"kind"`
	At     []int64 `json:"at"`
	Took   []int64 `json:"took"`
	Text   []int   `json:"text"`
	Event  []int   `json:"event"`
}

type pageMeeting struct {
	Point   string        `json:"point"`
	At      time.Duration `json:"at"`
	Drivers []int         `json:"drivers"`
	Error   string        `json:"error,omitempty"`
	Signal  int           `json:"signal"`
}

type pageFailure struct {
	Driver int           `json:"driver"`
	Span   int           `json:"span"`
	At     time.Duration `json:"at"`
	Text   string        `json:"text"`
}

// columns fills a pageData.
type columns struct {
	*model
	pageData
	texts map[string]int
	kinds map[recording.Kind]int
}

func newColumns(m *model) *columns {
	c := &columns{model: m, texts: map[string]int{}, kinds: map[recording.Kind]int{}}
	c.text("")
	c.pageData.Entries, c.End = len(m.Entries), m.end()
	for _, d := range m.Drivers {
		c.pageData.Drivers = append(c.pageData.Drivers, pageDriver{Name: oneLine(d.Name)})
	}
	if f := m.failure; f != nil {
		c.Failure = &pageFailure{Driver: f.Driver, Span: f.span, At: f.At, Text: oneLine(f.Text)}
	}
	c.addSpans()
	c.addMessages()
	c.addMarks()
	for _, p := range m.meetings {
		c.Meetings = append(c.Meetings, pageMeeting{Point: oneLine(p.point), At: p.at, Drivers: p.drivers, Error: oneLine(p.err), Signal: p.signal})
	}
	return c
}

// text is the index of a text.
func (c *columns) text(s string) int {
	i, ok := c.texts[s]
	if !ok {
		i = len(c.Strings)
		c.texts[s] = i
		c.Strings = append(c.Strings, s)
	}
	return i
}

func (c *columns) kind(k recording.Kind) int {
	i, ok := c.kinds[k]
	if !ok {
		i = len(c.Kinds)
		c.kinds[k] = i
		as := lookOf(k)
		c.Kinds = append(c.Kinds, pageKind{string(k), as.symbol, as.group})
	}
	return i
}

// differences turns times that grow into small numbers.
type differences struct{ last time.Duration }

func (d *differences) next(at time.Duration) int64 {
	step := at - d.last
	d.last = at
	return int64(step)
}

func (c *columns) addSpans() {
	var times differences
	s := &c.Spans
	for i := range c.spans {
		p := &c.spans[i]
		s.Driver, s.Step, s.Depth = append(s.Driver, p.driver), append(s.Step, p.step), append(s.Depth, p.depth)
		s.Begin, s.Took = append(s.Begin, times.next(p.begin)), append(s.Took, int64(p.end-p.begin))
		s.Text, s.Source, s.Error = append(s.Text, c.text(oneLine(p.text))), append(s.Source, c.text(p.source)), append(s.Error, c.text(oneLine(p.err)))
		s.Flags = append(s.Flags, flag(p.open, spanOpen)|flag(p.waits, spanWaits))
	}
}

func flag(set bool, bit int) int {
	if set {
		return bit
	}
	return 0
}

func (c *columns) addMessages() {
	var times differences
	s := &c.Messages
	for i := range c.messages {
		a := &c.messages[i]
		s.From, s.To = append(s.From, a.from), append(s.To, a.to)
		s.Begin, s.Took = append(s.Begin, times.next(a.at)), append(s.Took, int64(a.until-a.at))
		s.Event, s.Count = append(s.Event, c.text(a.event)), append(s.Count, a.count)
		s.Instance, s.ID = append(s.Instance, c.text(fmt.Sprintf("%016x", a.id.Instance))), append(s.ID, int(a.id.Sequence))
		s.Endpoints = append(s.Endpoints, c.text(oneLine(a.endpoints)))
		s.Flags = append(s.Flags, flag(a.answer, messageAnswers)|flag(a.lost(), messageLost))
	}
}

// shaped are the kinds that the page draws as steps and meetings.
var shaped = map[recording.Kind]bool{recording.StepBegan: true, recording.StepEnded: true, recording.Released: true}

// addMarks adds what is neither a step, a meeting nor an end of an arrow.
func (c *columns) addMarks() {
	var times differences
	s := &c.Marks
	for i := range c.model.Entries {
		e := &c.model.Entries[i]
		if c.matched[i] || shaped[e.Kind] || e.Driver >= len(c.model.Drivers) {
			continue
		}
		s.Driver, s.Kind = append(s.Driver, e.Driver), append(s.Kind, c.kind(e.Kind))
		s.At, s.Took = append(s.At, times.next(e.At)), append(s.Took, int64(e.Took))
		s.Text, s.Event = append(s.Text, c.text(describe(e))), append(s.Event, c.text(e.Event))
	}
}

// packed is the data as the page carries it: JSON, compressed by gzip, in base64.
func (c *columns) packed() (string, error) {
	var out bytes.Buffer
	base := base64.NewEncoder(base64.StdEncoding, &out)
	zip := gzip.NewWriter(base)
	if err := json.NewEncoder(zip).Encode(&c.pageData); err != nil {
		return "", fmt.Errorf("the data of the page: %w", err)
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	if err := base.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}
