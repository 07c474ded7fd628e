package lahja

import (
	"math"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
)

// Interest says how an endpoint subscribes to one event type.
type Interest struct {
	// Shape is EventType.Shape at that endpoint, 0 if unknown.
	Shape uint64
	// Window is how many bytes of events of this type may be on their way to the endpoint,
	// counted as for SubscribeConfig.QueueBytes. 0 means no limit.
	Window int
	// Groups are the queue groups of which the endpoint is a member, sorted. Do not change
	// them. Everyone reports whether it also subscribes outside of groups, and so receives
	// every event.
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

// saturated returns n, or the largest int if n is larger.
func saturated(n uint64) int { return int(min(n, math.MaxInt)) }
