package saboteurs

import (
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// above changes events and answers above a size.
func above(least int, change func(f frame) []frame) func(passing) filter {
	return func(passing) filter {
		return filter{out: func(f frame) []frame {
			if f.kind != wire.Event || len(f.body) <= least {
				return []frame{f}
			}
			return change(f)
		}}
	}
}

// flipInTheMiddle flips a bit.
func flipInTheMiddle(f frame) []frame {
	f.body = slices.Clone(f.body)
	f.body[len(f.body)/2] ^= 1
	return []frame{f}
}

// fromServers changes only what the accepting ends of connections write.
func fromServers(change func(passing) filter) func(passing) filter {
	return func(p passing) filter {
		if p.dialled {
			return filter{}
		}
		return change(p)
	}
}

// theLargest changes events, and no answers, whose payload has exactly the largest size.
func theLargest(change func(f frame) []frame) func(passing) filter {
	return above(lahja.DefaultMaxPayload, func(f frame) []frame {
		if m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload); err != nil || len(m.Payload) < lahja.DefaultMaxPayload {
			return []frame{f}
		}
		return change(f)
	})
}

// ofAnswers changes only answers.
func ofAnswers(change func(f frame) []frame) func(f frame) []frame {
	return func(f frame) []frame {
		if !isAnswer(f) {
			return []frame{f}
		}
		return change(f)
	}
}
