package ginkgorunner_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/lahja/go-lahja/tools/runner"
)

// TestFailingSuite runs a suite that fails on purpose and reads what Ginkgo made
// of it.
func TestFailingSuite(t *testing.T) {
	if ginkgo.GinkgoParallelProcess() > 1 {
		t.Skip("runs in the first of Ginkgo's parallel processes")
	}
	file := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(os.Args[0], "-test.run=^TestSpecs$", "-ginkgo.json-report="+file, "-ginkgo.poll-progress-after=100ms")
	cmd.Env = append(os.Environ(), failEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the failing suite passed:\n%s", out)
	}
	specs := readSpecs(t, file, out)
	engines := runner.Engines()
	if got, want := len(specs), 3*len(engines); got != want {
		t.Fatalf("got %d specs, want %d:\n%s", got, want, out)
	}
	failing[0].Drivers(nil) // It notes its line.
	for _, spec := range specs {
		t.Run(spec.FullText(), func(t *testing.T) { checkSpec(t, spec) })
	}
	for _, want := range []string{"FAILED topic/fails on goroutine+memory", "WaitFor[tick]()", "driver alone: action 1, WaitFor[tick]() (suite_test.go:"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output does not contain %q:\n%s", want, out)
		}
	}
}

// TestSpecsEndBeforeGoTestDoes runs a spec that hangs until go test's time is up.
func TestSpecsEndBeforeGoTestDoes(t *testing.T) {
	if ginkgo.GinkgoParallelProcess() > 1 {
		t.Skip("runs in the first of Ginkgo's parallel processes")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSpecs$", "-test.timeout=8s")
	cmd.Env = append(os.Environ(), hangEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(out), "panic: test timed out") {
		t.Errorf("got %v, want a failure before the time is up:\n%s", err, out)
	}
	for _, want := range []string{"the run was cancelled from outside: the time that go test gives (-timeout) is almost up",
		"alone: action 1 of 1, WaitFor[tick](), suite_test.go:", fmt.Sprintf("%d Skipped", len(hangingEngines())-1)} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output does not contain %q:\n%s", want, out)
		}
	}
}

func readSpecs(t *testing.T, file string, out []byte) types.SpecReports {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var reports []types.Report
	if err := json.Unmarshal(data, &reports); err != nil {
		t.Fatal(err)
	}
	return reports[0].SpecReports.WithLeafNodeType(types.NodeTypeIt)
}

func checkSpec(t *testing.T, spec types.SpecReport) {
	want := map[string]types.SpecState{
		"topic/passes":     types.SpecStatePassed,
		"topic/fails":      types.SpecStateFailed,
		"other/needs-much": types.SpecStateSkipped,
	}[spec.LeafNodeText]
	if spec.State != want {
		t.Errorf("got state %s, want %s", spec.State, want)
	}
	topic, _, _ := strings.Cut(spec.LeafNodeText, "/")
	if labels := spec.Labels(); len(labels) != 2 || labels[1] != topic {
		t.Errorf("got labels %v, want the engine and %s", labels, topic)
	}
	if at := spec.LeafNodeLocation; filepath.Base(at.FileName) != "suite_test.go" || at.LineNumber == 0 {
		t.Errorf("got location %s, want the scenario's", at)
	}
	switch want {
	case types.SpecStateFailed:
		if len(spec.ReportEntries) != 2 || !strings.Contains(spec.ReportEntries[0].StringRepresentation(), "rule: somebody sends a tick") ||
			!strings.HasPrefix(spec.ReportEntries[1].StringRepresentation(), "<!doctype html>") {
			t.Errorf("got report entries %v, want the report and the page", spec.ReportEntries)
		}
		if at := spec.Failure.Location; !filepath.IsAbs(at.FileName) || filepath.Base(at.FileName) != "suite_test.go" || at.LineNumber != failingLine+1 {
			t.Errorf("got the failure at %s, want the action's line, %d", at, failingLine+1)
		}
		if !strings.Contains(spec.Failure.Message, "not done within 300ms") {
			t.Errorf("got failure %q", spec.Failure.Message)
		}
	case types.SpecStateSkipped:
		if !strings.Contains(spec.Failure.Message, "needs time-travel") {
			t.Errorf("got %q, want the capability that is missing", spec.Failure.Message)
		}
	}
}
