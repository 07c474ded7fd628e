package examples_test

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestSomebodyElsesModule makes a module of its own of testdata/othermodule, and
// uses this one from there, as others do: without its sources, without a network.
func TestSomebodyElsesModule(t *testing.T) {
	dir := t.TempDir()
	copyModule(t, dir)
	t.Run("go vet", func(t *testing.T) { goIn(t, dir, "vet", "./...") })
	t.Run("go test", func(t *testing.T) { testOtherModule(t, dir) })
	t.Run("go run", func(t *testing.T) { runOtherModule(t, dir) })
}

func testOtherModule(t *testing.T, dir string) {
	out := goIn(t, dir, "test", "-count=1", "-v", "./...")
	for _, e := range runner.Engines() {
		for _, scenario := range []string{"vent/opens-when-warm", "vent/no-roof-no-vent"} {
			if want := "--- PASS: TestScenarios/" + e.Name() + "/" + scenario + " "; !strings.Contains(out, want) {
				t.Errorf("%q is not in the output:\n%s", want, out)
			}
		}
	}
}

func runOtherModule(t *testing.T, dir string) {
	type verdict struct{ Scenario, Engine, Verdict string }
	var got, want []verdict
	for line := range strings.Lines(goIn(t, dir, "run", ".", "run", "--json")) {
		var v verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		got = append(got, v)
	}
	for _, scenario := range []string{"vent/opens-when-warm", "vent/no-roof-no-vent"} {
		for _, e := range runner.Engines() {
			want = append(want, verdict{scenario, e.Name(), "passed"})
		}
	}
	// Several run at once, and their lines come when they end.
	byName := func(a, b verdict) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Engine, b.Engine))
	}
	slices.SortFunc(got, byName)
	slices.SortFunc(want, byName)
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// copyModule copies the files of testdata/othermodule without their .txt, and
// makes a go.mod out of this module's, so that the module cache has all that is
// required.
func copyModule(t *testing.T, dir string) {
	t.Helper()
	source := filepath.Join("testdata", "othermodule")
	check(t, filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimSuffix(rel, ".txt"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return copyFile(path, to)
	}))
	for _, name := range []string{"go.mod", "go.sum"} {
		check(t, copyFile(filepath.Join(root, name), filepath.Join(dir, name)))
	}
	here, err := filepath.Abs(root)
	check(t, err)
	goIn(t, dir, "mod", "edit", "-module=example.com/greenhouse",
		"-require=github.com/lahja/go-lahja@v0.0.0", "-replace=github.com/lahja/go-lahja="+here)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// goIn runs the go command in dir, cut off from the network, and returns what it
// printed.
func goIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := command(t, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, stderr.String())
	}
	return string(out)
}

var check = testkit.Check
