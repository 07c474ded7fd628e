package drivers

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// addCauses finds what each step waited for.
func (h *history) addCauses() {
	h.addPoints()
	for i, ran := range h.ran {
		for _, r := range ran {
			if r.step == nil || r.failed {
				continue
			}
			does := r.does()
			for _, t := range slices.Concat(does.takes, does.pulls) {
				h.took(r, t)
			}
			for _, s := range does.sends {
				h.asked(r, s.event)
			}
			for _, w := range does.awaits {
				h.awaited(r, w)
			}
			for _, t := range does.covers {
				for name := range h.endpoints {
					h.awaited(r, awaited{t, name})
				}
			}
			h.connected(r)
			if own, _ := ownOf(r.step.action); does.tells {
				r.end.causes = append(r.end.causes, cause{driver: i, at: r.began, tells: h.tellsAll(i, r.began, own.peers)})
			}
		}
	}
}

// tellsAll says that the endpoints of these names, or all, know a driver's subscriptions.
func (h *history) tellsAll(by int, until time.Duration, names []string) (all []tells) {
	for name, to := range h.endpoints {
		if to != by && h.sends[to] && (len(names) == 0 || slices.Contains(names, name)) {
			all = append(all, tells{told{by, to}, until})
		}
	}
	return all
}

// addPoints orders what waits at a point after the parties that have reached it.
func (h *history) addPoints() {
	parties := Points(h.drivers)
	reached := map[engine.Point][][]time.Duration{}
	for point := range parties {
		reached[point] = make([][]time.Duration, len(h.drivers))
	}
	for i, ran := range h.ran {
		for _, r := range ran {
			if r.step != nil && r.step.reaches() {
				reached[r.step.point()][i] = append(reached[r.step.point()][i], r.began)
			}
		}
		finish := engine.Point{Kind: engine.AtFinish, Name: h.drivers[i].name}
		if n := len(ran); n > 0 && reached[finish] != nil {
			reached[finish][i] = []time.Duration{h.finished(i)}
		}
	}
	for _, ran := range h.ran {
		rounds := map[engine.Point]int{}
		for _, r := range ran {
			if r.step == nil || !r.step.waits() {
				continue
			}
			point := r.step.point()
			round := rounds[point]
			if rounds[point]++; point.Kind == engine.AtFinish {
				round = 0
			}
			for _, party := range parties[point] {
				if times := reached[point][party]; !r.failed && round < len(times) {
					r.end.causes = append(r.end.causes, cause{driver: party, at: times[round]})
				}
			}
		}
	}
}

// finished is when a driver was done with its actions.
func (h *history) finished(driver int) time.Duration {
	var at time.Duration
	for _, r := range h.ran[driver] {
		if !r.framework(h.drivers[driver]) && r.ended != never64 {
			at = max(at, r.ended)
		}
	}
	return at
}

// took orders a step after what sent the events that it took.
func (h *history) took(r *ranStep, t event) {
	seen := map[*recording.Entry]bool{}
	for e := range h.entries(r.driver, recording.Taken, t) {
		if !r.has(e) {
			continue
		}
		r.end.causes = h.received(r.end.causes, e, seen)
	}
}

// asked orders a step after the answers to its requests.
func (h *history) asked(r *ranStep, t event) {
	for e := range h.entries(r.driver, recording.Requested, t) {
		if !r.has(e) {
			continue
		}
		for _, answer := range h.answers[e.ID] {
			r.end.causes = h.sentBy(r.end.causes, answer, r.driver, map[*recording.Entry]bool{})
			// Whoever has answered has received what came before the request.
			r.end.causes = append(r.end.causes, cause{driver: r.driver, at: r.began, tells: []tells{{told{r.driver, answer.Driver}, r.began}}})
		}
	}
}

// sentBy adds what came before the sending of an event to a driver: what its sender had done,
// and what a handler there had received that may have sent it.
func (h *history) sentBy(causes []cause, e *recording.Entry, to int, seen map[*recording.Entry]bool) []cause {
	if e == nil || seen[e] {
		return causes
	}
	seen[e] = true
	at := latest(*e)
	causes = append(causes, cause{driver: e.Driver, at: at, tells: []tells{{told{e.Driver, to}, at}}})
	since := at
	for _, handled := range h.of[e.Driver][recording.Handled] {
		if handled.At-handled.Took <= at && e.At <= latest(handled) {
			since = min(since, handled.At-handled.Took)
			causes = h.received(causes, handled, seen)
		}
	}
	background := h.inBackground(e.Driver)
	for _, kind := range []recording.Kind{recording.Received, recording.Taken} {
		for _, came := range h.of[e.Driver][kind] {
			if came.At <= at && (latest(came) >= since && since < at || background && kind == recording.Taken) {
				causes = h.received(causes, came, seen)
			}
		}
	}
	return causes
}

// received adds what came before the sending of events that a driver has.
func (h *history) received(causes []cause, came recording.Entry, seen map[*recording.Entry]bool) []cause {
	for n := range uint64(max(1, came.Count)) {
		id := recording.ID{Instance: came.ID.Instance, Sequence: came.ID.Sequence + n}
		causes = h.sentBy(causes, h.sent[delivery{id, came.Driver}], came.Driver, seen)
	}
	return causes
}

// latest is when the last event of an entry was seen.
func latest(e recording.Entry) time.Duration {
	if e.Count > 1 {
		return e.At + recording.Together
	}
	return e.At
}

// inBackground reports whether actions of a driver run in the background.
func (h *history) inBackground(driver int) bool {
	return slices.ContainsFunc(h.steps[driver], func(s step) bool { a, ok := ownOf(s.action); return ok && a.starts != "" })
}

// awaited orders a step after the subscription that it waited for. Where several endpoints have
// subscribed, it may have been any.
func (h *history) awaited(r *ranStep, w awaited) {
	until := r.ended // It was done with waiting by then.
	for e := range h.entries(r.driver, recording.Sent, w.event) {
		if e.At >= r.began {
			until = min(until, e.At)
		}
	}
	all := h.subscribed(r, w, until)
	if i, named := h.endpoints[w.endpoint]; len(all) == 0 && named && i != r.driver {
		// What ended the wait may be observed after that.
		all = h.subscribed(r, w, h.toldAfter(r.driver, w, until))
	}
	if len(all) == 0 {
		r.unsure = true
		return
	}
	r.send.causes = append(r.send.causes, cause{any: all})
	r.end.causes = append(r.end.causes, cause{any: all})
}

// toldAfter is when a driver's endpoint learnt, after some time, of the subscription of another one;
// 0 if it did not.
func (h *history) toldAfter(driver int, w awaited, since time.Duration) time.Duration {
	for _, e := range h.links[link{driver, w.endpoint}] {
		if e.At > since && e.Kind != recording.Disconnected {
			if a := h.announced(driver, w.endpoint, w.event, e.At); a != nil && a.listed {
				return a.at
			}
		}
	}
	return 0
}

// subscribed are the subscriptions that a step which waits for one knew of at some moment.
func (h *history) subscribed(r *ranStep, w awaited, at time.Duration) (all []cause) {
	for i, d := range h.drivers {
		name := d.Endpoint()
		if name == "" || w.endpoint != "" && w.endpoint != name {
			continue
		}
		until := at
		if i != r.driver {
			a := h.announced(r.driver, name, w.event, at)
			if a == nil || !a.listed {
				continue
			}
			until = a.at + clockSlack
		}
		if s, ok := h.spanAt(i, w.event, until); ok && (i != r.driver || s.to > r.began) {
			all = append(all, cause{driver: i, at: s.from, tells: []tells{{told{i, r.driver}, s.from}}})
		}
	}
	return all
}

// connected orders a step after the connections that it made, or waited for.
func (h *history) connected(r *ranStep) {
	own, _ := ownOf(r.step.action)
	for _, name := range own.peers {
		other, known := h.endpoints[name]
		switch {
		case !known:
		case own.connects:
			r.end.causes = append(r.end.causes, cause{driver: r.driver, at: r.began,
				tells: []tells{{told{r.driver, other}, r.began}, {told{other, r.driver}, -1}}})
		case r.does().meets:
			for _, c := range h.ran[other] {
				if c.connects(h.drivers[r.driver].Endpoint()) && c.began <= r.ended {
					r.end.causes = append(r.end.causes, cause{driver: other, at: c.began, tells: []tells{{told{other, r.driver}, c.began}}})
				}
			}
		}
	}
}

// connects reports whether the step connects to an endpoint.
func (r *ranStep) connects(name string) bool {
	if r.step == nil {
		return false
	}
	own, _ := ownOf(r.step.action)
	return own.connects && slices.Contains(own.peers, name)
}
