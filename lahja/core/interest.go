package core

import (
	"math"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// InterestOf returns an Interest that arrived.
func InterestOf(i wire.Interest) lahja.Interest {
	return lahja.Interest{Shape: i.Shape, Window: saturated(i.Window), Groups: i.Groups, Everyone: i.Everyone}
}

func onWire(i lahja.Interest) wire.Interest {
	return wire.Interest{Shape: i.Shape, Window: uint64(i.Window), Groups: i.Groups, Everyone: i.Everyone}
}

func sameInterest(a, b lahja.Interest) bool {
	return a.Shape == b.Shape && a.Window == b.Window && a.Everyone == b.Everyone && slices.Equal(a.Groups, b.Groups)
}

// saturated returns n, or the largest int if n is larger.
func saturated(n uint64) int { return int(min(n, math.MaxInt)) }
