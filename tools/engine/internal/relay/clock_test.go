package relay

import (
	"errors"
	"testing"
	"time"
)

func TestAClockIsMeasuredWithinItsUncertainty(t *testing.T) {
	const fast = time.Hour
	ahead, uncertain, err := Measure(func() (time.Time, error) { return time.Now().Add(fast), nil })
	if off := (ahead - fast).Abs(); err != nil || off > uncertain {
		t.Errorf("got %v ahead, give or take %v, %v; want %v", ahead, uncertain, err, fast)
	}
	if _, _, err := Measure(func() (time.Time, error) { return time.Time{}, errors.ErrUnsupported }); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a clock that cannot be read: got %v", err)
	}
}
