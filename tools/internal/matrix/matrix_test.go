package matrix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lahja/go-lahja/tools/internal/matrix"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// document has topics of scenarios on engines. The verdict of each cell is what of says; ""
// means that it did not run.
func document(topics map[string]int, engines []string, of func(scenario, engine string) runner.Verdict) *reports.Document {
	d := &reports.Document{}
	for _, topic := range sorted(topics) {
		for i := range topics[topic] {
			d.Scenarios = append(d.Scenarios, reports.Scenario{Name: fmt.Sprintf("%s/number-%d", topic, i+1)})
		}
	}
	for _, e := range engines {
		d.Engines = append(d.Engines, reports.Engine{Name: e})
	}
	for i, s := range d.Scenarios {
		for j, e := range engines {
			if verdict := of(s.Name, e); verdict != "" {
				d.Outcomes = append(d.Outcomes, &reports.Outcome{Median: float64(1+i+j) / 10, Run: reports.Run{Scenario: s.Name, Engine: e, Verdict: verdict}})
			}
		}
	}
	return d
}

func sorted(topics map[string]int) []string {
	var all []string
	for topic := range topics {
		all = append(all, topic)
	}
	slices.Sort(all)
	return all
}

var engines = []string{"goroutine+memory", "goroutine+unix", "goroutine+tcp", "goroutine+tls", "subprocess+unix", "subprocess+unix,unix-uncompressed",
	"subprocess+tcp", "subprocess+tls", "mixed+tcp,tcp-uncompressed", "mixed+tls,tls-uncompressed", "goroutine+nats", "subprocess+nats", "mixed+nats,nats-uncompressed"}

// numbered are n engines.
func numbered(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("engine-%d", i+1))
	}
	return all
}

func unsupportedOnNATS(_, engine string) runner.Verdict {
	if strings.Contains(engine, "nats") {
		return runner.Unsupported
	}
	return runner.Passed
}

// TestText pins what tables look like.
func TestText(t *testing.T) {
	topics := map[string]int{"broadcast": 9, "close": 10, "shop": 2}
	failing := document(topics, engines, func(scenario, engine string) runner.Verdict {
		switch {
		case scenario == "shop/number-2":
			return runner.Failed
		case scenario == "close/number-10" && engine == "goroutine+tls":
			return runner.Known
		case scenario == "close/number-4":
			return unsupportedOnNATS(scenario, engine)
		}
		return runner.Passed
	})
	for name, d := range map[string]*reports.Document{
		"passing": document(topics, engines, func(scenario, engine string) runner.Verdict {
			if strings.HasPrefix(scenario, "broadcast") {
				return runner.Passed
			}
			return unsupportedOnNATS(scenario, engine)
		}),
		"failing": failing,
		"interrupted": document(topics, engines, func(scenario, _ string) runner.Verdict {
			if strings.HasPrefix(scenario, "broadcast") || scenario == "close/number-1" {
				return runner.Passed
			}
			return ""
		}),
		"few":             document(map[string]int{"a-topic-of-which-the-name-alone-takes-half-of-the-line": 2}, engines, unsupportedOnNATS),
		"forty-engines":   document(topics, numbered(40), unsupportedOnNATS),
		"hundred-engines": document(map[string]int{"few": 3}, numbered(100), unsupportedOnNATS),
	} {
		for _, width := range []int{80, 200} {
			got := matrix.Text(d, matrix.Options{Width: width})
			compare(t, fmt.Sprintf("%s-%d.txt", name, width), got, width)
		}
	}
	compare(t, "times-80.txt", matrix.Text(failing, matrix.Options{Width: 80, Times: true}), 80)
	compare(t, "colour-80.txt", matrix.Text(failing, matrix.Options{Width: 80, Style: true}), 0)
}

// compare compares a text with a file of testdata, and the length of its lines with the
// width. With UPDATE=1 it writes the file.
func compare(t *testing.T, name, got string, width int) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 0 && n > width {
			t.Errorf("%s: a line has %d characters, want at most %d: %s", name, n, width, line)
		}
	}
}
