package timelinetest_test

import (
	"bytes"
	"testing"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func TestRunsSurviveTheirFile(t *testing.T) {
	for _, run := range []*recording.Run{timelinetest.Shop(), timelinetest.ShopPassed(), timelinetest.Hundred()} {
		var file bytes.Buffer
		if _, err := run.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		again, err := recording.Read(&file)
		if err != nil {
			t.Fatalf("%s: %v", run.Scenario, err)
		}
		if got, want := len(again.Entries), len(run.Entries); got != want {
			t.Errorf("%s: got %d entries, want %d", run.Scenario, got, want)
		}
	}
}

func TestHundredIsLarge(t *testing.T) {
	run := timelinetest.Hundred()
	if got := len(run.Entries); got < 55_000 || got > 70_000 {
		t.Errorf("got %d entries, want about 60,000", got)
	}
	if got := len(run.Drivers); got != 100 {
		t.Errorf("got %d drivers, want 100", got)
	}
}
