package differential

import (
	"cmp"
	"slices"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// lists is what a driver saw, split into lists whose order the bus promises.
type lists struct {
	keys   []List
	sights map[List][]engine.Sight
	// whole marks subscriptions and streams, without origin, of which the driver saw everything: those
	// with a handler, and emptied streams.
	whole map[List]bool
	// taken counts the events of all senders.
	taken map[List]int
}

func listsOf(t runner.Trace) *lists {
	l := &lists{sights: map[List][]engine.Sight{}, whole: map[List]bool{}, taken: map[List]int{}}
	for _, s := range t.Sights {
		l.add(s)
	}
	return l
}

func (l *lists) add(s engine.Sight) {
	key := List{Place: s.Action}
	if s.Opened != nil {
		key.Place, key.Round = s.Opened.Place, s.Opened.Round
	}
	switch {
	case s.Emptied:
		l.whole[key] = true
		return
	case s.Event != nil:
		l.whole[key] = s.Opened != nil && s.Opened.Place == s.Action
		l.taken[key]++
		key.Origin = s.Event.Origin
	}
	if _, known := l.sights[key]; !known {
		l.keys = append(l.keys, key)
	}
	l.sights[key] = append(l.sights[key], s)
}

// union returns the keys of both, those of a first.
func union(a, b *lists) []List {
	keys := slices.Clone(a.keys)
	for _, key := range b.keys {
		if _, known := a.sights[key]; !known {
			keys = append(keys, key)
		}
	}
	return keys
}

// sorted orders what is in no particular order.
func sorted(all []engine.Sight) []engine.Sight {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b engine.Sight) int {
		if a.Event == nil || b.Event == nil {
			return 0
		}
		return cmp.Or(cmp.Compare(a.Event.Type, b.Event.Type), cmp.Compare(a.Event.Data, b.Event.Data), cmp.Compare(a.Error, b.Error))
	})
	return all
}
