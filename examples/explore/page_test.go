package explore_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	example "github.com/lahja/go-lahja/examples/explore"
	"github.com/lahja/go-lahja/tools/explore"
)

var (
	explored = regexp.MustCompile("(?s)<!-- explored: (\\S+) -->\n```text\n(.*?)```\n")
	lasted   = regexp.MustCompile(`\(\d+(\.\d+)?(µs|ms|s)\)`)
)

// pages show what exploring says.
var pages = []string{"README.md", "docs/exploring.md"}

func page(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestPagesShowWhatExploreSays holds the failures that the pages show against real ones.
func TestPagesShowWhatExploreSays(t *testing.T) {
	for _, name := range pages {
		shown := explored.FindAllStringSubmatch(page(t, name), -1)
		if len(shown) == 0 {
			t.Errorf("%s shows no failure", name)
		}
		for _, m := range shown {
			got := lasted.ReplaceAllString(begins(t, m[1]), "(~)")
			if want := lasted.ReplaceAllString(m[2], "(~)"); got != want {
				t.Errorf("%s shows\n%s\nexploring says\n%s", name, want, got)
			}
		}
	}
}

// begins is the beginning of what exploring says of a bug, without what tests show elsewhere.
func begins(t *testing.T, scenario string) string {
	t.Helper()
	for _, b := range example.Bugs {
		if b.Broken.Name != scenario {
			continue
		}
		r, err := explore.Scenario(t.Context(), b.Broken, explore.Options{Workers: 1})
		if err != nil || len(r.Failures) != 1 {
			t.Fatalf("want a failure, got %v, %v", r, err)
		}
		said, _, _ := strings.Cut(r.Failures[0].String(), "  scenario:")
		return said
	}
	t.Fatalf("there is no scenario %s", scenario)
	return ""
}

// TestEveryBugIsOnThePage checks the table of what was found.
func TestEveryBugIsOnThePage(t *testing.T) {
	for _, b := range example.Bugs {
		if !strings.Contains(page(t, "docs/exploring.md"), "| `"+b.Broken.Name+"` | ") {
			t.Errorf("docs/exploring.md says nothing of %s", b.Broken.Name)
		}
	}
}
