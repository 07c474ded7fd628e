package timeline_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func page(t *testing.T, run *recording.Run) string {
	t.Helper()
	all, err := timeline.Page(run)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, before)
	found, _, closed := strings.Cut(rest, after)
	if !ok || !closed {
		t.Fatalf("no %s … %s in the page", before, after)
	}
	return found
}

func TestThePageCarriesItsData(t *testing.T) {
	run := timelinetest.Hundred()
	data := between(t, page(t, run), `id="data">`, "</script>")
	zipped, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Entries  int
		Drivers  []any
		Messages struct{ From, Begin []int }
		Failure  struct{ Driver, Span int }
	}
	if err := json.NewDecoder(unzipped).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Entries != len(run.Entries) || len(got.Drivers) != 100 || len(got.Messages.From) == 0 || len(got.Messages.From) != len(got.Messages.Begin) {
		t.Errorf("got %d entries, %d drivers, %d messages", got.Entries, len(got.Drivers), len(got.Messages.From))
	}
	if got.Failure.Driver != run.Outcome.Failures[0].Driver || got.Failure.Span < 0 {
		t.Errorf("got failure %+v", got.Failure)
	}
	t.Logf("%d KB for %d entries", len(data)>>10, got.Entries)
}

func TestThePagesPolicyAllowsItsOwnScriptAlone(t *testing.T) {
	all := page(t, timelinetest.Shop())
	policy := html.UnescapeString(between(t, all, `http-equiv="Content-Security-Policy" content="`, `"`))
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("got policy %s", policy)
	}
	for tag, source := range map[string]string{"style": "style-src", "script": "script-src"} {
		sum := sha256.Sum256([]byte(between(t, all, "<"+tag+">", "</"+tag+">")))
		if want := source + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("got policy %s, want %s in it", policy, want)
		}
	}
	if found := regexp.MustCompile(`(?i)(src|href)="?(https?:|//)`).FindString(all); found != "" {
		t.Errorf("the page refers to another place: %s", found)
	}
}

func TestThePageTellsOfStoppedDriversInOneLine(t *testing.T) {
	all := page(t, timelinetest.Hundred())
	if n := strings.Count(between(t, all, `id="failures"`, "</ul>"), "<li"); n != 2 {
		t.Errorf("got %d lines, want the failure and one for 99 stopped drivers", n)
	}
}

func TestThePageShowsTextsAsTexts(t *testing.T) {
	const evil = `</script><script>alert(1)</script>`
	run := timelinetest.Shop()
	run.Scenario, run.Outcome.Explanation, run.Outcome.Report = evil, evil, evil
	run.Drivers[0].Name = evil
	run.Outcome.Failures[0].Text = evil
	for i := range run.Entries {
		run.Entries[i].Text = evil
	}
	if all := page(t, run); strings.Contains(all, evil) {
		t.Error("the page contains markup of the run")
	}
}
