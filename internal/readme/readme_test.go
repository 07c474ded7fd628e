package readme_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

const root = "../.."

func readme(t *testing.T) string {
	t.Helper()
	return document(t, "README.md")
}

func document(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// marked matches a code block and the comment before it that says what it is: a file, a part
// of a file, or what a run prints.
var marked = regexp.MustCompile("(?s)<!-- (\\w+): ([^\n]+?) -->\n```\\w+\n(.*?)```\n")

// TestSnippetsAreFilesThatAreTested checks that every block of Go on every page is a file of
// the repository, or a part of one.
func TestSnippetsAreFilesThatAreTested(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("found %d pages: %v", len(pages), err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		page, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		text, shown := document(t, page), 0
		for _, m := range marked.FindAllStringSubmatch(text, -1) {
			switch m[1] {
			case "file":
				shown++
				if m[3] != document(t, m[2]) {
					t.Errorf("%s shows something else than %s", page, m[2])
				}
			case "part":
				shown++
				if len(m[3]) < 40 || !strings.Contains(document(t, m[2]), m[3]) {
					t.Errorf("%s shows a part of %s that is not there", page, m[2])
				}
			}
		}
		if blocks := strings.Count(text, "```go"); blocks != shown && page != "docs/connecting.md" {
			t.Errorf("%s has %d blocks of Go, and %d name their file", page, blocks, shown)
		}
	}
}

func TestReadmeIsShort(t *testing.T) {
	if lines := strings.Count(readme(t), "\n"); lines > 160 {
		t.Errorf("README.md has %d lines; move what is more than 160 to docs/", lines)
	}
}

// Square and Squared are those of the README's first scenario.
type (
	Square struct {
		lahja.Expects[Squared]
		N int
	}
	Squared struct{ N int }
)

// broken is the README's first scenario, which expects something else.
var broken = drivers.Case("squares/are-served", "a client gets the square of its number, and nobody else does",
	drivers.New(drivers.ServeEndpoint("server"),
		drivers.Serve(func(_ context.Context, _ *drivers.Scope, asked lahja.Event[Square]) (Squared, error) {
			return Squared{N: asked.Data.N * asked.Data.N}, nil
		})),
	drivers.New(drivers.RunEndpoint("client"),
		drivers.ConnectToEndpoints("server"),
		drivers.Checkpoint("listening"),
		drivers.WaitAnyThenRequest(Square{N: 3}).Returns(Squared{N: 10}).From("server"),
		drivers.Signal("answered")),
	drivers.New(drivers.RunEndpoint("bystander"),
		drivers.ConnectToEndpoints("server"),
		drivers.ReceivesNothing[Squared](drivers.Checkpoint("listening"), drivers.Await("answered"))))

// varying is what differs from run to run.
var varying = regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b|\w+_test.go:\d+|<\w+\.Squared>|on \w+\+\w+|(server|client|bystander): a.*|(server|client|bystander)( \(itself\))?, subscribed to .*`)

func TestReportIsWhatARunPrints(t *testing.T) {
	for _, m := range marked.FindAllStringSubmatch(readme(t), -1) {
		if m[1] != "report" {
			continue
		}
		r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
		report := r.Run(t.Context(), broken)
		said, _, _ := strings.Cut(report.String(), "  rule:") // README.md shows how it begins.
		// Where lines are broken varies with what is in them.
		compared := func(text string) string {
			return strings.Join(strings.Fields(varying.ReplaceAllString(text, "~")), " ")
		}
		if got, want := compared(said), compared(m[3]); got != want {
			t.Errorf("README.md shows\n%s\na run prints\n%s", want, got)
		}
		return
	}
	t.Error("README.md shows no report")
}

// TestOutputIsWhatTheCommandPrints builds and runs the commands whose output docs/command.md shows.
func TestOutputIsWhatTheCommandPrints(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a command")
	}
	found := false
	for _, m := range marked.FindAllStringSubmatch(document(t, "docs/command.md"), -1) {
		if m[1] != "output" {
			continue
		}
		found = true
		words := strings.Fields(m[2])
		program := filepath.Join(t.TempDir(), "program")
		if out, err := exec.Command("go", "build", "-o", program, filepath.Join(root, words[0])).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.Command(program, words[1:]...).Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", m[2], err, out)
		}
		if got, want := varying.ReplaceAllString(string(out), "~"), varying.ReplaceAllString(m[3], "~"); got != want {
			t.Errorf("docs/command.md shows\n%s\n%s prints\n%s", want, m[2], got)
		}
	}
	if !found {
		t.Error("docs/command.md shows no output")
	}
}
