package scenarios_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// That every scenario holds on every engine is tested by package conform.

func TestUnsupportedScenariosAreThese(t *testing.T) {
	files := []string{"socket/config-from-name", "socket/live-is-refused", "socket/missing-at-close", "socket/mode",
		"socket/stale-is-taken-over", "socket/unlinked-at-close"}
	processes := []string{"crash/costs-the-others-nothing", "crash/is-noticed-in-time", "crash/leaves-the-name-free", "crash/of-a-server-is-noticed-in-time", "order/across-senders", "reconnect/to-a-successor",
		"versions/changed-answer-throws", "versions/changed-field-throws", "versions/fields-come-and-go", "versions/request-and-answer"}
	pauses := []string{"paused/delays-nobody-and-gets-everything", "paused/is-not-given-up", "paused/loses-what-is-counted"}
	order := []string{"order/across-senders"}
	certificates := []string{"connect/name-must-be-certified", "connect/servers-name-must-be-certified"}
	want := map[string][]string{
		"goroutine+memory":                  slices.Concat(processes, pauses, files, certificates),
		"virtual":                           slices.Concat(processes, files, certificates),
		"goroutine+unix":                    slices.Concat(processes, pauses, certificates),
		"goroutine+tcp":                     slices.Concat(processes, pauses, files, certificates),
		"goroutine+tls":                     slices.Concat(processes, pauses, files),
		"subprocess+unix":                   slices.Concat(order, certificates),
		"subprocess+unix,unix-uncompressed": slices.Concat(order, certificates),
		"subprocess+tcp":                    slices.Concat(order, files, certificates),
		"subprocess+tls":                    slices.Concat(order, files),
		"mixed+tcp,tcp-uncompressed":        slices.Concat(processes, pauses, files, certificates),
		"mixed+tls,tls-uncompressed":        slices.Concat(processes, pauses, files),
	}
	for _, e := range runner.Engines() {
		var unsupported []string
		for _, s := range scenarios.All() {
			if len(e.Capabilities().Missing(s.Needs)) == 0 {
				continue
			}
			unsupported = append(unsupported, s.Name)
			r := &runner.Runner{Engine: e}
			if report := r.Run(t.Context(), s); report.Verdict != runner.Unsupported {
				t.Errorf("%s on %s: got %s, want unsupported", s.Name, e.Name(), report.Verdict)
			}
		}
		slices.Sort(unsupported)
		expected, known := want[e.Name()]
		slices.Sort(expected)
		if !known || !slices.Equal(unsupported, expected) {
			t.Errorf("unsupported on %s:\ngot  %v\nwant %v", e.Name(), unsupported, expected)
		}
	}
}

func TestEveryScenarioIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	topics := []string{}
	for _, s := range scenarios.All() {
		topic, what, ok := strings.Cut(s.Name, "/")
		if !ok || topic == "" || what == "" || seen[s.Name] {
			t.Errorf("scenario %q: want a name topic/what that no other has", s.Name)
		}
		seen[s.Name] = true
		topics = append(topics, topic)
		if !isSentence(s.Rule) {
			t.Errorf("scenario %s: the rule %q is no sentence", s.Name, s.Rule)
		}
		file, _ := s.Location()
		if base := filepath.Base(file); base != topic+".go" && !strings.HasPrefix(base, topic+"_") {
			t.Errorf("scenario %s stands in %s, want %s.go", s.Name, base, topic)
		}
		vet(t, s)
	}
	if !slices.IsSorted(topics) {
		t.Errorf("topics are not sorted: %v", slices.Compact(topics))
	}
}

func isSentence(s string) bool {
	return len(s) > 0 && unicode.IsUpper(rune(s[0])) && strings.HasSuffix(s, ".") && strings.Count(s, " ") >= 3
}

// vet builds the drivers twice, as a parent and a child do.
func vet(t *testing.T, s drivers.Scenario) {
	t.Helper()
	session, err := engine.OnGoroutines(transports.Memory()).Open(context.Background(), engine.Site{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	env := drivers.NewEnv(session, func() (string, error) { return t.TempDir(), nil }, nil, 1)
	first, second := s.Drivers(env), s.Drivers(env)
	if err := s.Vet(first); err != nil {
		t.Errorf("scenario %s: %v", s.Name, err)
	}
	if drivers.PlanHash(first) != drivers.PlanHash(second) {
		t.Errorf("scenario %s builds other drivers the second time", s.Name)
	}
}
