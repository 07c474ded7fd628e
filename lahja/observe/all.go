package observe

import (
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// All tells every observer, one after the other, of what happens. A nil one is left
// out; with none left it is nil, so that nothing is observed.
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
