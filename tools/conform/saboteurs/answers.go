package saboteurs

import (
	"slices"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// dropAnswers carries no answer.
func dropAnswers(passing) filter {
	return filter{out: func(f frame) []frame {
		if isAnswer(f) {
			return nil
		}
		return []frame{f}
	}}
}

// misanswer gives the answer to one request to another one of its type, as long
// as three of them wait.
func misanswer(passing) filter {
	r := &requests{types: map[uint64]string{}, open: map[string][]uint64{}}
	answers := editEvents(func(m *wire.EventMsg, _ bool) {
		if m.AnswersInstance|m.AnswersSequence != 0 {
			m.AnswersSequence = r.another(m.AnswersSequence)
		}
	})(passing{})
	return filter{in: r.asked, out: answers.out}
}

// requests is what came in over a connection and may have to be answered.
type requests struct {
	mu    sync.Mutex
	types map[uint64]string   // of events, by their sequence
	open  map[string][]uint64 // the events of each type that have no answer
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

// another takes the request that gets the answer to this one.
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

// forgeries are answers that came from endpoints that were not asked, by their requests.
type forgeries struct {
	mu      sync.Mutex
	answers map[uint64][]byte
}

// fromAnybody has the answer of an endpoint that was not asked taken for that of the one
// that was.
func fromAnybody(t lahja.Transport) lahja.Transport {
	f := &forgeries{answers: map[uint64][]byte{}}
	return filtered{t, func(passing) filter {
		asked := map[uint64]bool{} // over this connection
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
