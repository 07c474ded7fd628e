package observe

import (
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// All returns an observer that calls each of observers in turn. It leaves out nil ones. If
// none is left it returns nil, so nothing is observed.
func All(observers ...lahja.Observer) lahja.Observer {
	all := slices.DeleteFunc(slices.Clone(observers), func(o lahja.Observer) bool { return o == nil })
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return func(o lahja.Observation) {
		for _, observer := range all {
			observer(o)
		}
	}
}
