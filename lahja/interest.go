package lahja

import (
	"math"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
)

// Interest is how an endpoint subscribes to one event type.
type Interest struct {
	// Shape is EventType.Shape there, 0 if unknown.
	Shape uint64
	// Window is how many bytes of events of the type may be under way to it, counted
	// as SubscribeConfig.QueueBytes; 0 means that it does not count.
	Window int
	// Groups are the queue groups of which it is a member, sorted; not to be changed.
	// Everyone says that it subscribes outside of groups too, so that it gets every
	// event.
	Groups   []string
	Everyone bool
}

func (i Interest) equal(other Interest) bool {
	return i.Shape == other.Shape && i.Window == other.Window && i.Everyone == other.Everyone &&
		slices.Equal(i.Groups, other.Groups)
}

func interestOf(i wire.Interest) Interest {
	return Interest{Shape: i.Shape, Window: saturated(i.Window), Groups: i.Groups, Everyone: i.Everyone}
}

func (i Interest) onWire() wire.Interest {
	return wire.Interest{Shape: i.Shape, Window: uint64(i.Window), Groups: i.Groups, Everyone: i.Everyone}
}

// saturated is n, or the largest int where a peer says more.
func saturated(n uint64) int { return int(min(n, math.MaxInt)) }
