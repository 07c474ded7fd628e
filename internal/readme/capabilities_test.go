package readme_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// constant is the declaration of one capability.
var constant = regexp.MustCompile(`(?m)^\t(\w+)\s+Capability = "`)

func TestEveryCapabilityIsExplained(t *testing.T) {
	page := document(t, "docs/transports.md")
	code, err := os.ReadFile(filepath.Join(root, "tools/engine/capability.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := constant.FindAllStringSubmatch(string(code), -1)
	if want := strings.Count(string(code), ` Capability = "`); len(all) == 0 || len(all) != want {
		t.Fatalf("found %d of %d capabilities in the code; has their declaration changed?", len(all), want)
	}
	for _, c := range all {
		if !strings.Contains(page, "`"+c[1]+"`") {
			t.Errorf("docs/transports.md does not name the capability %s", c[1])
		}
	}
}
