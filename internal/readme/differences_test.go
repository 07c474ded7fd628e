package readme_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
)

// evidence matches the name of a scenario or of a test in the page.
var evidence = regexp.MustCompile("`([a-z]+/[a-z-]+|Test\\w+)`")

// TestDifferencesAreShown checks that every row of the page of differences names
// what shows it, and that it exists.
func TestDifferencesAreShown(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	exists := tests(t)
	for _, s := range scenarios.All() {
		exists[s.Name] = true
	}
	for _, name := range evidence.FindAllStringSubmatch(string(page), -1) { // Also beside the table.
		if !exists[name[1]] {
			t.Errorf("there is no scenario or test %s", name[1])
		}
	}
	rows := 0
	differences, _, _ := strings.Cut(string(page), originalNames)
	for line := range strings.Lines(differences) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| lahja 0.17") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		cells := strings.Split(line, " | ")
		if !evidence.MatchString(cells[len(cells)-1]) {
			t.Errorf("nothing shows this row: %s", line)
		}
	}
	if rows < 17 {
		t.Errorf("got %d rows, want the 17 known differences at least", rows)
	}
}

var testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// tests is the names of all tests of the module.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range testFunction.FindAllSubmatch(data, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
