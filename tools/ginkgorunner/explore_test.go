package ginkgorunner_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
)

// TestExplore explores a scenario that holds in every order, and one that does not.
func TestExplore(t *testing.T) {
	if ginkgo.GinkgoParallelProcess() > 1 {
		t.Skip("runs in the first of Ginkgo's parallel processes")
	}
	file := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(os.Args[0], "-test.run=^TestSpecs$", "-ginkgo.json-report="+file)
	cmd.Env = append(os.Environ(), exploreEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the failing suite passed:\n%s", out)
	}
	states := map[string]string{}
	for _, spec := range readSpecs(t, file, out) {
		states[spec.LeafNodeText] = spec.State.String()
	}
	if len(states) != 2 || states["topic/passes"] != "passed" || states["topic/overtaken"] != "failed" {
		t.Errorf("got %v", states)
	}
	for _, want := range []string{"FAILED in schedule ", "FAILED topic/overtaken on virtual"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output does not contain %q:\n%s", want, out)
		}
	}
}
