package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// shows runs the command and fails the test unless it exits with that code.
func shows(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, got := program(t, "screens", args...)
	if got != code {
		t.Fatalf("lahja %s exits with %d, want %d:\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	return stdout, stderr
}

func TestShow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs")
	if _, stderr := shows(t, exitcode.Usage, "show", "--record", dir); !strings.Contains(stderr, "no run is kept in "+dir) {
		t.Errorf("of none: %s", stderr)
	}
	shows(t, exitcode.Failed, "run", "good", "bad", "--engine", "*+memory", "--record", dir)
	listed, _ := shows(t, exitcode.Passed, "show", "--record", dir, "--list")
	for _, want := range []string{"bad-fails-on-goroutine+memory\n", "good-opens-and-closes-on-goroutine+memory\n"} {
		if !strings.Contains(listed, want) {
			t.Errorf("listed %s\nwant %s", listed, want)
		}
	}
	for format, want := range map[string]string{"text": "FAILED bad/fails on goroutine+memory", "html": "<!doctype html>", "mermaid": "sequenceDiagram"} {
		if text, _ := shows(t, exitcode.Passed, "show", "bad/fails", "--record", dir, "--format", format); !strings.Contains(text, want) {
			t.Errorf("as %s: %.400s\nwant %s", format, text, want)
		}
	}
	for _, format := range []string{"json", "chrome"} {
		text, _ := shows(t, exitcode.Passed, "show", "bad/fails", "--record", dir, "--format", format)
		if !json.Valid([]byte(text)) {
			t.Errorf("as %s: %.400s", format, text)
		}
	}
	file := filepath.Join(t.TempDir(), "page.html")
	shows(t, exitcode.Passed, "show", "good", "--record", dir, "-f", "html", "-o", file)
	if page, err := os.ReadFile(file); err != nil || !strings.Contains(string(page), "good/opens-and-closes") {
		t.Errorf("the page is %.200s, %v", page, err)
	}
	if text, _ := shows(t, exitcode.Passed, "show", "good", "--record", dir); !strings.Contains(text, "PASSED good/opens-and-closes") || !strings.Contains(text, "RunEndpoint") {
		t.Errorf("of a run that passed: %s", text)
	}
}

func TestIndexLinksToThePagesOfRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "html")
	shows(t, exitcode.Failed, "run", "good", "bad/fails", "--engine", "*+memory", "--html", dir)
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "runs", "*bad-fails*", "run.html"))
	if err != nil || len(pages) != 1 {
		t.Fatalf("there are the pages %q, %v; want one of the run that failed", pages, err)
	}
	link, err := filepath.Rel(dir, pages[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"good/opens-and-closes", "bad/fails", "on purpose", strings.TrimSuffix(filepath.Base(filepath.Dir(link)), "+memory")} {
		if !strings.Contains(string(index), want) {
			t.Errorf("the index lacks %q", want)
		}
	}
	if _, stderr := shows(t, exitcode.Usage, "run", "good", "--html", dir, "--keep", "0"); !strings.Contains(stderr, "--keep 0") {
		t.Errorf("got %s", stderr)
	}
}

func TestDiagram(t *testing.T) {
	text, _ := shows(t, exitcode.Passed, "diagram", "bad/*")
	for _, want := range []string{"bad/fails: the command tells what came of it\n", `0 RunEndpoint("alone")`, `1 Do("fail")`} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s\nwant %q", text, want)
		}
	}
	if text, _ := shows(t, exitcode.Passed, "diagram", "bad/fails", "-f", "mermaid"); !strings.HasPrefix(text, "sequenceDiagram\n") {
		t.Errorf("got %s", text)
	}
	if _, stderr := shows(t, exitcode.Usage, "diagram", "nothing"); !strings.Contains(stderr, "nothing") {
		t.Errorf("got %s", stderr)
	}
	if _, stderr := shows(t, exitcode.Failed, "diagram", "good/needs-a-process", "--engine", "*+memory"); !strings.Contains(stderr, "none of the engines supports") {
		t.Errorf("got %s", stderr)
	}
}
