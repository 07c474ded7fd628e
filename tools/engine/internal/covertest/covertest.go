// Package covertest tests that coverage counters of drivers on other machines arrive where the run
// began.
package covertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

const program = "github.com/lahja/go-lahja/tools/engine/internal/covertest/covered"

// Run runs an instrumented program with these variables, which say on which machines. Its functions
// firstHalf and secondHalf are called by drivers alone.
func Run(t *testing.T, variables ...string) {
	t.Helper()
	counters, file := t.TempDir(), filepath.Join(t.TempDir(), "covered")
	execute(t, nil, "go", "build", "-cover", "-coverpkg="+program, "-o", file, program)
	execute(t, append(variables, "GOCOVERDIR="+counters), file)
	functions := execute(t, nil, "go", "tool", "covdata", "func", "-i="+counters)
	for name, covered := range map[string]string{"main": `[1-9]`, "firstHalf": `100\.0%`, "secondHalf": `100\.0%`} {
		if !regexp.MustCompile(`main\.go:\d+:\s+` + name + `\s+` + covered).MatchString(functions) {
			t.Errorf("%s was not counted:\n%s", name, functions)
		}
	}
}

// execute runs a command, which must not fail, and returns what it prints.
func execute(t *testing.T, variables []string, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append(os.Environ(), variables...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
	return string(out)
}

// Left expects that a machine whose directory for temporary files this is has nothing of a run.
func Left(t *testing.T, dir string) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, "lahja-*")); err != nil || len(left) > 0 {
		t.Errorf("left on the machine: %q, %v", left, err)
	}
}
