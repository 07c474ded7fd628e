package saboteurs

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// late is by how much something is late: long for a driver that looks at once, and short for one
// that waits.
const late = 250 * time.Millisecond

// announceLate delays every set of subscriptions except the first.
func announceLate(p passing) filter {
	announced := false
	var held []frame
	next := func() []frame {
		first := held[0]
		held = held[1:]
		return []frame{first}
	}
	return filter{out: func(f frame) []frame {
		if f.kind != wire.Subscriptions || !announced {
			announced = announced || f.kind == wire.Subscriptions
			return []frame{f}
		}
		held = append(held, frame{f.kind, slices.Clone(f.body)})
		time.AfterFunc(late, func() { _ = p.inject(next) }) // The connection may have ended.
		return nil
	}}
}

// neverWithdraw announces every type that was ever subscribed to.
func neverWithdraw(passing) filter {
	ever := map[string]wire.Interest{}
	return filter{out: func(f frame) []frame {
		m, err := wire.ParseSubscriptions(f.body)
		if f.kind != wire.Subscriptions || err != nil {
			return []frame{f}
		}
		for name, interest := range m.Types {
			ever[name] = interest
		}
		m.Types = ever
		return []frame{frameOf(m.Append(nil))}
	}}
}

// shapeless announces types without their shapes.
func shapeless(passing) filter {
	return filter{out: func(f frame) []frame {
		m, err := wire.ParseSubscriptions(f.body)
		if f.kind != wire.Subscriptions || err != nil {
			return []frame{f}
		}
		for name, interest := range m.Types {
			interest.Shape = 0
			m.Types[name] = interest
		}
		return []frame{frameOf(m.Append(nil))}
	}}
}

// describes tells peers of some types only which version it has.
func describes(which func(event string) bool) func(passing) filter {
	return func(passing) filter {
		return filter{out: func(f frame) []frame {
			if m, err := wire.ParseDescribed(f.body); f.kind == wire.Described && err == nil && !which(m.Type) {
				return nil
			}
			return []frame{f}
		}}
	}
}

// withholdsAnswers drops the answers of one type.
func withholdsAnswers(event string) func(passing) filter {
	return func(passing) filter {
		return filter{out: func(f frame) []frame {
			if m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload); isAnswer(f) && err == nil && string(m.TypeBytes) == event {
				return nil
			}
			return []frame{f}
		}}
	}
}

// noting records the receiver's subscriptions.
func noting(subscribed *shared[map[string]wire.Interest]) func(frame) []frame {
	return func(f frame) []frame {
		if m, err := wire.ParseSubscriptions(f.body); f.kind == wire.Subscriptions && err == nil {
			subscribed.set(m.Types)
		}
		return []frame{f}
	}
}

// matchByShape also sends every event as each other type of the same shape to which the receiver
// subscribes.
func matchByShape(passing) filter {
	subscribed := newShared(map[string]wire.Interest{})
	return filter{
		in:  noting(subscribed),
		out: func(f frame) []frame { return append([]frame{f}, asOthers(f, subscribed.get())...) },
	}
}

// asOthers returns the event as each other type of its shape.
func asOthers(f frame, types map[string]wire.Interest) []frame {
	m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload)
	if !isEvent(f) || err != nil {
		return nil
	}
	var others []frame
	for name, interest := range types {
		if name != string(m.TypeBytes) && interest.Shape == m.Shape && interest.Shape != 0 {
			other := m
			other.Type = name
			others = append(others, frameOf(wire.AppendEvent(nil, other, -1)))
		}
	}
	return others
}

// syncWithReader answers a sync when it is read, like a ping, without waiting for the handlers.
func syncWithReader(passing) filter {
	return filter{out: func(f frame) []frame {
		if f.kind == wire.Sync {
			f.kind = wire.Ping
		}
		return []frame{f}
	}}
}
