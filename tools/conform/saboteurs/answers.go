package saboteurs

import (
	"slices"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// dropAnswers drops every answer.
func dropAnswers(passing) filter {
	return filter{out: func(f frame) []frame {
		if isAnswer(f) {
			return nil
		}
		return []frame{f}
	}}
}

// misanswer gives a request's answer to another request of its type, while at least three of
// them wait.
func misanswer(passing) filter {
	r := &requests{types: map[uint64]string{}, open: map[string][]uint64{}}
	answers := editEvents(func(m *wire.EventMsg, _ bool) {
		if m.AnswersInstance|m.AnswersSequence != 0 {
			m.AnswersSequence = r.another(m.AnswersSequence)
		}
	})(passing{})
	return filter{in: r.asked, out: answers.out}
}

// requests holds the events that arrived over a connection and may need an answer.
type requests struct {
	mu    sync.Mutex
	types map[uint64]string   // of events, by sequence number
	open  map[string][]uint64 // the unanswered events of each type
}

func (r *requests) asked(f frame) []frame {
	if m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload); isEvent(f) && err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		name := string(m.TypeBytes)
		r.types[m.Sequence] = name
		r.open[name] = append(r.open[name], m.Sequence)
	}
	return []frame{f}
}

// another takes out the request that receives the answer to this one.
func (r *requests) another(sequence uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.open[r.types[sequence]]
	i := slices.Index(waiting, sequence)
	if i < 0 || len(waiting) >= 3 {
		i = slices.IndexFunc(waiting, func(other uint64) bool { return other != sequence })
	}
	if i < 0 {
		return sequence
	}
	other := waiting[i]
	r.open[r.types[sequence]] = slices.Delete(waiting, i, i+1)
	return other
}

// forgeries are answers from endpoints that were not asked, by request.
type forgeries struct {
	mu      sync.Mutex
	answers map[uint64][]byte
}

// fromAnybody replaces an answer by that of an endpoint that was not asked.
func fromAnybody(t p2p.Transport) p2p.Transport {
	f := &forgeries{answers: map[uint64][]byte{}}
	return filtered{t, func(passing) filter {
		asked := map[uint64]bool{} // on this connection
		return filter{
			out: editEvents(func(m *wire.EventMsg, _ bool) { f.asks(asked, m) })(passing{}).out,
			in:  editEvents(func(m *wire.EventMsg, _ bool) { f.answer(asked, m) })(passing{}).out,
		}
	}}
}

func (f *forgeries) asks(asked map[uint64]bool, m *wire.EventMsg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked[m.Sequence] = true
}

func (f *forgeries) answer(asked map[uint64]bool, m *wire.EventMsg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	forged := f.answers[m.AnswersSequence]
	switch {
	case m.AnswersInstance == 0:
	case !asked[m.AnswersSequence]:
		f.answers[m.AnswersSequence] = slices.Clone(m.Payload)
	case forged != nil:
		m.Payload = forged
	}
}
