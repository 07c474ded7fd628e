package readme_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConnectingPageShowsFiles checks the files that the page shows. Its commands
// are run by the test of the examples.
func TestConnectingPageShowsFiles(t *testing.T) {
	const path = "docs/connecting.md"
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	blocks := marked.FindAllStringSubmatch(page, -1)
	for _, m := range blocks {
		if m[1] != "file" {
			continue
		}
		shown, err := os.ReadFile(filepath.Join(root, m[2]))
		if err != nil {
			t.Error(err)
			continue
		}
		if m[3] != string(shown) {
			t.Errorf("%s shows something else than %s", path, m[2])
		}
	}
	if fences := strings.Count(page, "\n```"); fences != 2*len(blocks) || fences == 0 {
		t.Errorf("%s has %d blocks and says of %d what holds them, want both equal and not 0", path, fences/2, len(blocks))
	}
}
