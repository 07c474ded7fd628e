package timeline_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test -update if that is right\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

var runs = map[string]func() *recording.Run{
	"shop":    timelinetest.Shop,
	"passed":  timelinetest.ShopPassed,
	"hundred": timelinetest.Hundred,
}

func TestTextIsASequenceDiagram(t *testing.T) {
	for name, run := range runs {
		golden(t, name+".txt", timeline.Text(run(), timeline.Options{}))
	}
}

func TestTextStaysWithinItsBounds(t *testing.T) {
	for name, run := range runs {
		for _, o := range []timeline.Options{{}, {Columns: 60, Lines: 10}, {Columns: 1, Lines: 1}} {
			columns, lines := 100, 30
			if o.Columns > 0 {
				columns, lines = max(40, o.Columns), max(6, o.Lines)
			}
			text := timeline.Text(run(), o)
			all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(all) > lines {
				t.Errorf("%s, %+v: got %d lines", name, o, len(all))
			}
			for _, line := range all {
				if n := utf8.RuneCountInString(line); n > columns {
					t.Errorf("%s, %+v: got %d columns: %s", name, o, n, line)
				}
			}
			if run().Outcome.Verdict == "failed" && !strings.Contains(text, "✗") {
				t.Errorf("%s, %+v: the failure is not shown:\n%s", name, o, text)
			}
		}
	}
}

func TestTextOfNothing(t *testing.T) {
	if got := timeline.Text(&recording.Run{}, timeline.Options{}); got != "nothing was recorded\n" {
		t.Errorf("got %q", got)
	}
}
