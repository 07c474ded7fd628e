package invariants

import (
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// AnswersToTheirRequests is the invariant that an answer goes to the endpoint that asked, and is
// taken for the request that it answers; that an answer of an endpoint which the request did not
// go to is dropped; and that each request ends once.
func AnswersToTheirRequests() Invariant {
	return ofBus("answers only to their requests", checkAnswers)
}

// asking is what is known of the requests and answers of a run.
type asking struct {
	*history
	requested, ended map[recording.ID]int // entries, by the request
	asked            map[recording.ID][]string
	// got are the endpoints that received a request, and came the entries of what answers.
	got      map[receipt]bool
	came     map[receipt]int
	answers  map[receipt]int // what was sent, to whom
	complete bool
}

// receipt is an event that an endpoint received.
type receipt struct {
	id recording.ID
	at string
}

func checkAnswers(h *history) Result {
	why := Incomplete(h.Run)
	a := &asking{history: h, requested: map[recording.ID]int{}, ended: map[recording.ID]int{}, asked: map[recording.ID][]string{},
		got: map[receipt]bool{}, came: map[receipt]int{}, answers: map[receipt]int{}, complete: why == ""}
	a.read()
	for i := range h.Entries {
		if r := a.check(i, &h.Entries[i]); r.Verdict == Broken {
			return r
		}
	}
	if why != "" {
		return undecided("%s", why)
	}
	return Result{Verdict: Held}
}

// read notes what requests and answers there are, so that their order does not matter.
func (a *asking) read() {
	for i := range a.Entries {
		e := &a.Entries[i]
		if !a.has(e) {
			continue
		}
		switch at := a.at(e).name; e.Kind {
		case recording.Requested:
			a.requested[e.ID] = i
		case recording.Received:
			if isRequest(e.ID.Sequence) {
				a.got[receipt{e.ID, at}] = true
			}
			if !e.Answers.IsZero() {
				a.came[receipt{e.ID, at}] = i
			}
		case recording.Sent:
			if isRequest(e.ID.Sequence) {
				a.asked[e.ID] = append(a.asked[e.ID], e.Peer)
			}
			if !e.Answers.IsZero() {
				a.answers[receipt{e.ID, e.Peer}] = i
			}
		}
	}
}

func (h *history) has(e *recording.Entry) bool { return e.Driver >= 0 && e.Driver < len(h.Drivers) }

func (a *asking) check(i int, e *recording.Entry) Result {
	if !a.has(e) {
		return Result{}
	}
	switch e.Kind {
	case recording.Sent:
		return a.answer(i, e)
	case recording.Received:
		if sent, known := a.answers[receipt{e.ID, a.at(e).name}]; known && a.Entries[sent].Answers != e.Answers {
			return broken(a.shown(sent, i), "the answer %s of %s arrived at %s as one to another request",
				name(e.Event, e.ID.Sequence), e.Peer, a.driver(e.Driver))
		}
	case recording.Answered:
		return a.answered(i, e)
	}
	return Result{}
}

// answer checks an answer that was sent.
func (a *asking) answer(i int, e *recording.Entry) Result {
	request, known := a.requested[e.Answers]
	if !known {
		return Result{}
	}
	who, asker := a.driver(e.Driver), a.at(&a.Entries[request])
	switch {
	case e.Peer != asker.name:
		return broken(a.shown(request, i), "%s sent its answer %s to %s; %s had asked", who, name(e.Event, e.ID.Sequence), e.Peer, asker.name)
	case a.complete && !a.got[receipt{e.Answers, a.at(e).name}]:
		return a.forged(request, i, e)
	}
	return Result{}
}

// forged checks an answer of an endpoint that had not received the request.
func (a *asking) forged(request, sent int, e *recording.Entry) Result {
	asker := a.at(&a.Entries[request])
	came, arrived := a.came[receipt{e.ID, asker.name}]
	if !arrived || has(a.unclaimed[route{e.ID.Instance, asker.name, e.Event}], e.ID.Sequence) {
		return Result{}
	}
	return broken(a.shown(request, sent, came), "%s did not drop the answer of %s, which had not received the request",
		a.driver(asker.driver), a.driver(e.Driver))
}

// has reports whether one of sorted spans has the event.
func has(spans []span, sequence uint64) bool {
	return parts(span{sequence, sequence, none}, spans)[0].entry != none
}

// answered checks the end of a request.
func (a *asking) answered(i int, e *recording.Entry) Result {
	who, request := a.driver(e.Driver), none
	if at, known := a.requested[e.ID]; known {
		request = at
	}
	if before, twice := a.ended[e.ID]; twice {
		return broken(a.shown(request, before, i), "a request %s of %s ended twice", shortEvent(e.Event), who)
	}
	a.ended[e.ID] = i
	if e.Answers.IsZero() {
		return Result{}
	}
	came, known := a.came[receipt{e.Answers, a.at(e).name}]
	switch {
	case !known && a.complete:
		return broken(a.shown(request, i), "%s took an answer to its request %s that had not arrived", who, shortEvent(e.Event))
	case !known:
		return Result{}
	case a.Entries[came].Answers != e.ID:
		return broken(a.shown(request, came, i), "%s took an answer to another request as the one to its %s", who, shortEvent(e.Event))
	}
	if from := a.Entries[came].Peer; a.complete && !slices.Contains(a.asked[e.ID], from) {
		return broken(a.shown(request, came, i), "%s took an answer from %s, which its request %s had not gone to", who, from, shortEvent(e.Event))
	}
	return Result{}
}
