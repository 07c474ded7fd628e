package ginkgorunner_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
)

func TestEngineOnWhichNothingPasses(t *testing.T) {
	if ginkgo.GinkgoParallelProcess() > 1 {
		t.Skip("runs in the first of Ginkgo's parallel processes")
	}
	const nothing = "nothing passed on goroutine+unwritten"
	for focus, fails := range map[string]bool{"": true, "order/one-sender$": false} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSpecs$", "-ginkgo.focus="+focus, "-ginkgo.succinct", "-ginkgo.no-color")
		cmd.Env = append(os.Environ(), untestedEnv+"=1")
		out, err := cmd.CombinedOutput()
		told := strings.Contains(string(out), nothing)
		if failed := err != nil; failed != fails || told != fails {
			t.Errorf("focus %q: got %v, want failure %v and %q:\n%s", focus, err, fails, nothing, out)
		}
	}
}
