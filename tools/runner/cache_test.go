package runner_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The second go test must not say what the first did: it knows nothing of what children
// read.
func TestPassOfChildrenIsNotCached(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.txt")
	for _, c := range []struct {
		says   string
		passes bool
	}{{"well", true}, {"ill", false}} {
		if err := os.WriteFile(file, []byte(c.says), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "test", "./testdata/cached")
		cmd.Env = append(os.Environ(), "LAHJA_TEST_CACHED="+file)
		out, err := cmd.CombinedOutput()
		if passed := err == nil; passed != c.passes {
			t.Errorf("the file says %s: passed %v, want %v:\n%s", c.says, passed, c.passes, out)
		}
	}
}
