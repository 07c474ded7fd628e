package drivers

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// history is what the recording of a run shows of the plan.
type history struct {
	*plan
	run *recording.Run
	// ran are the steps that each driver ran, in order.
	ran [][]*ranStep
	// moments are the beginnings and ends of these, by driver and in order.
	moments [][]*moment
	// of are the entries of each driver's endpoint by kind.
	of []map[recording.Kind][]recording.Entry
	// sent and answers find what was sent: an event by its receiver, answers by the request.
	sent    map[delivery]*recording.Entry
	answers map[recording.ID][]*recording.Entry
	// came and taken find what became of it there.
	came, taken map[delivery]*recording.Entry
	// endpoints are the drivers by the names of their endpoints.
	endpoints map[string]int
	// links are the entries of a driver's endpoint about its connection with another one, and
	// subscribing the spans that were asked for.
	links       map[link][]recording.Entry
	subscribing map[link][]span
	// sends says which drivers send events of their own: of these it matters what they know.
	sends []bool
	// unclears are the steps of each driver that may have waited for what is not shown, and
	// besides the drivers of which actions in the background may have.
	unclears [][]*ranStep
	besides  []bool
}

// link is of a driver's endpoint: with another one, or to a type.
type link struct {
	driver int
	to     string
}

// delivery is of an event to the endpoint of a driver.
type delivery struct {
	id recording.ID
	to int
}

// ranStep is one execution of a step that was not in the background.
type ranStep struct {
	driver int
	// step is nil for one that the plan does not show.
	step         *step
	top          int
	began, ended time.Duration
	failed       bool
	// unsure says that it is not certain what it waited for.
	unsure     bool
	begin, end *moment
	// send is when it sends: after begin, if it waits before that.
	send *moment
}

const never64 = time.Duration(math.MaxInt64)

// clockSlack is how far the clocks of two processes on one host may be apart.
const clockSlack = time.Millisecond

func (p *plan) history(run *recording.Run) *history {
	h := &history{plan: p, run: run, ran: make([][]*ranStep, len(p.drivers)), of: make([]map[recording.Kind][]recording.Entry, len(p.drivers)),
		sent: map[delivery]*recording.Entry{}, answers: map[recording.ID][]*recording.Entry{}, endpoints: map[string]int{},
		came: map[delivery]*recording.Entry{}, taken: map[delivery]*recording.Entry{}, links: map[link][]recording.Entry{}, subscribing: map[link][]span{},
		unclears: make([][]*ranStep, len(p.drivers)), besides: make([]bool, len(p.drivers)), sends: make([]bool, len(p.drivers))}
	for i, d := range p.drivers {
		h.of[i] = map[recording.Kind][]recording.Entry{}
		h.sends[i] = slices.ContainsFunc(p.steps[i], func(s step) bool {
			return slices.ContainsFunc(s.does.sends, func(s sending) bool { return !s.answer })
		})
		if name := d.Endpoint(); name != "" {
			h.endpoints[name] = i
		}
	}
	for k := range run.Entries {
		if e := &run.Entries[k]; e.Driver >= 0 && e.Endpoint == "" {
			h.of[e.Driver][e.Kind] = append(h.of[e.Driver][e.Kind], *e)
			h.note(e)
		}
	}
	for i := range p.drivers {
		h.ran[i] = h.ranSteps(i)
	}
	h.order()
	h.findUnclear()
	return h
}

// findUnclear finds what may have waited for what is not shown.
func (h *history) findUnclear() {
	for i, d := range h.drivers {
		for _, r := range h.ran[i] {
			if r.unclear(d) {
				h.unclears[i] = append(h.unclears[i], r)
			}
		}
		h.besides[i] = slices.ContainsFunc(h.steps[i], func(s step) bool {
			own, ok := ownOf(s.action)
			return s.beside && (!ok || own.point.Kind != "" || s.does.calls)
		})
	}
}

// note takes an entry into the indices.
func (h *history) note(e *recording.Entry) {
	switch e.Kind {
	case recording.Sent:
		if to, known := h.endpoints[e.Peer]; known {
			index(h.sent, e, to, true)
		}
		if !e.Answers.IsZero() {
			h.answers[e.Answers] = append(h.answers[e.Answers], e)
		}
	case recording.Received:
		index(h.came, e, e.Driver, false)
	case recording.Taken:
		index(h.taken, e, e.Driver, false)
	case recording.Connected, recording.Announced, recording.Disconnected:
		with := link{e.Driver, e.Peer}
		h.links[with] = append(h.links[with], *e)
	}
}

// index notes an entry for each event that it stands for. It keeps the last one, or the first.
func index(in map[delivery]*recording.Entry, e *recording.Entry, to int, last bool) {
	for n := range uint64(max(1, e.Count)) {
		at := delivery{recording.ID{Instance: e.ID.Instance, Sequence: e.ID.Sequence + n}, to}
		if in[at] == nil || last {
			in[at] = e
		}
	}
}

// ranSteps finds the steps that a driver ran in its plan.
func (h *history) ranSteps(driver int) []*ranStep {
	type place struct {
		top  int
		text string
	}
	planned := map[place]*step{}
	for k := range h.steps[driver] {
		s := &h.steps[driver][k]
		at := place{s.top, engine.Readable(s.action.String())}
		if own, ok := ownOf(s.action); ok && planned[at] == nil && (len(own.inner) == 0 || own.opaque) {
			planned[at] = s
		}
	}
	var all []*ranStep
	bySerial := map[int]*ranStep{}
	for _, e := range h.of[driver][recording.StepBegan] {
		r := &ranStep{driver: driver, step: planned[place{e.Step, e.Text}], top: e.Step, began: e.At, ended: never64, failed: true}
		all, bySerial[e.Serial] = append(all, r), r
	}
	for _, e := range h.of[driver][recording.StepEnded] {
		if r := bySerial[e.Serial]; r != nil {
			r.ended, r.failed = max(e.At, r.began), e.Error != ""
		}
	}
	slices.SortStableFunc(all, func(a, b *ranStep) int { return cmp.Compare(a.began, b.began) })
	return all
}

// framework reports whether the step is none of the driver's actions.
func (r *ranStep) framework(d *Driver) bool { return r.top == 0 || r.top > len(d.actions) }

// does is what the step does, as far as the plan shows it.
func (r *ranStep) does() effects {
	if r.step == nil {
		return effects{}
	}
	return r.step.does
}

func (r *ranStep) String() string { return limit(r.step.action.String(), maxArg) }

// has reports whether an entry of the step's own endpoint is of the time of the step.
func (r *ranStep) has(e recording.Entry) bool { return window{r.began, r.ended}.has(e) }

// unclear reports whether the step may have waited for what the recording does not show.
func (r *ranStep) unclear(d *Driver) bool {
	if r.framework(d) {
		return false
	}
	if r.step == nil || r.unsure {
		return true
	}
	own, _ := ownOf(r.step.action)
	does := r.does()
	shown := len(does.takes)+len(does.pulls)+len(does.awaits)+len(does.covers)+len(does.sends) > 0 || does.meets || does.tells || own.meets
	return own.opaque || does.calls || own.joins != "" || own.waitsFor.format != "" && !shown
}

// entries returns those of a driver's endpoint that are of this kind, and about events of a type.
func (h *history) entries(driver int, kind recording.Kind, t event) func(yield func(recording.Entry) bool) {
	return func(yield func(recording.Entry) bool) {
		for _, e := range h.of[driver][kind] {
			if e.Event == string(t) && !yield(e) {
				return
			}
		}
	}
}

// span is a time in which an endpoint subscribed to a type. It is observed afterwards, possibly
// after the first event, so that it may have begun as early as the step that subscribed.
type span struct {
	from, to time.Duration
	by       *ranStep // nil if no step did, but a handler or an action in the background
}

// spans are those of a driver's endpoint, in order.
func (h *history) spans(driver int, t event) []span {
	to := link{driver, string(t)}
	known, ok := h.subscribing[to]
	if !ok {
		known = h.findSpans(driver, t)
		h.subscribing[to] = known
	}
	return known
}

func (h *history) findSpans(driver int, t event) []span {
	var changes []recording.Entry
	for _, kind := range []recording.Kind{recording.Subscribed, recording.Unsubscribed} {
		for e := range h.entries(driver, kind, t) {
			changes = append(changes, e)
		}
	}
	slices.SortStableFunc(changes, func(a, b recording.Entry) int { return cmp.Compare(a.At, b.At) })
	var all []span
	open := 0
	for _, e := range changes {
		switch {
		case e.Kind == recording.Subscribed && open == 0:
			open++
			s := span{from: e.At, to: never64, by: h.stepAt(driver, e.At)}
			if s.by != nil {
				s.from = s.by.began
			}
			all = append(all, s)
		case e.Kind == recording.Subscribed:
			open++
		case open == 1:
			open--
			all[len(all)-1].to = e.At
		case open > 1:
			open--
		}
	}
	return all
}

// stepAt is the step that a driver was at; nil for none.
func (h *history) stepAt(driver int, at time.Duration) (found *ranStep) {
	for _, r := range h.ran[driver] {
		if r.began <= at && at <= r.ended {
			found = r
		}
	}
	return found
}

// spanAt returns the last span that had begun at some moment.
func (h *history) spanAt(driver int, t event, at time.Duration) (span, bool) {
	found, ok := span{}, false
	for _, s := range h.spans(driver, t) {
		if s.from <= at {
			found, ok = s, true
		}
	}
	return found, ok
}

// announcement is when an endpoint learnt of a subscription of another one.
type announcement struct {
	at     time.Duration
	listed bool // the type is among those announced, or they are not known
}

// announced is what a driver's endpoint had last been told of another one's subscription to a
// type until some moment, and since when that is so. It is nil if the two were not connected.
func (h *history) announced(driver int, peer string, t event, until time.Duration) *announcement {
	var last *announcement
	for _, e := range h.links[link{driver, peer}] {
		if e.At > until {
			break
		}
		switch e.Kind {
		case recording.Connected, recording.Announced:
			listed := recording.WasCut(e.Text) || slices.Contains(strings.Split(e.Text, ", "), string(t))
			if last == nil || last.listed != listed {
				last = &announcement{e.At, listed}
			}
		case recording.Disconnected:
			last = nil
		}
	}
	return last
}
