package drivers_test

import (
	"slices"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

func TestMeetingsAreThoseOfInnerActionsToo(t *testing.T) {
	got := d.Meetings(d.Sequence(d.Signal("go"), d.Sleep(0), d.Repeat(2, d.Checkpoint("met")), d.Await("go")))
	want := []d.Meeting{
		{At: engine.Point{Kind: engine.AtSignal, Name: "go"}, Reaches: true},
		{At: engine.Point{Kind: engine.AtCheckpoint, Name: "met"}, Reaches: true, Waits: true},
		{At: engine.Point{Kind: engine.AtSignal, Name: "go"}, Waits: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
