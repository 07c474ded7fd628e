package drivers

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/lahja"
)

// bySender expects exactly these events: of each sender its data in this order, each once,
// however those of several senders mix, and nothing from anybody else.
func bySender[T any](want map[string][]T) func([]lahja.Event[T]) error {
	return func(events []lahja.Event[T]) error {
		came := map[string]int{}
		for _, e := range events {
			i, all := came[e.Origin()], want[e.Origin()]
			switch {
			case len(all) == 0:
				return fmt.Errorf("%s came from %s, from whom nothing was to come%s", formatArg(e.Data), e.Origin(), near.Name(e.Origin(), maps.Keys(want)))
			case i >= len(all):
				return fmt.Errorf("%s came from %s after the %d that were to come from there", formatArg(e.Data), e.Origin(), i)
			case !reflect.DeepEqual(e.Data, all[i]):
				return fmt.Errorf("event %d from %s is %s, want %s", i+1, e.Origin(), formatArg(e.Data), formatArg(all[i]))
			}
			came[e.Origin()]++
		}
		for _, origin := range slices.Sorted(maps.Keys(want)) {
			if i, all := came[origin], want[origin]; i < len(all) {
				return fmt.Errorf("%d of %d events came from %s; the next was to be %s", i, len(all), origin, formatArg(all[i]))
			}
		}
		return nil
	}
}
