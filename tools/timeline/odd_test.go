package timeline_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func TestOddRunsAreDrawn(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		run := timelinetest.Odd(r)
		text := timeline.Text(run, timeline.Options{Lines: 10})
		if n := strings.Count(text, "\n"); n > 10 {
			t.Errorf("got %d lines:\n%s", n, text)
		}
		timeline.Mermaid(run)
		if _, err := timeline.ChromeTrace(run); err != nil {
			t.Error(err)
		}
		if _, err := timeline.Page(run); err != nil {
			t.Error(err)
		}
	}
}

func TestTextShowsTheFailureOfTheRunAsAWhole(t *testing.T) {
	run := timelinetest.ShopPassed()
	run.Outcome.Failures = []recording.Failure{{Driver: -1, Kind: "deadline", Text: "the scenario outlived its deadline", At: 20 * time.Millisecond}}
	if text := timeline.Text(run, timeline.Options{}); !strings.Contains(text, "✗ the scenario outlived its deadline") {
		t.Errorf("got\n%s", text)
	}
}
