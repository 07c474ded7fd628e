package readme_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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

// marked matches a code block and the comment before it that says what it is.
var marked = regexp.MustCompile("(?s)<!-- (\\w+): (\\S+) -->\n```\\w+\n(.*?)```\n")

func TestSnippetsAreTheFilesThatAreTested(t *testing.T) {
	for page, want := range map[string]int{
		"README.md":          3, // one for each of the three jobs
		"docs/transports.md": 3,
	} {
		text := document(t, page)
		files := 0
		for _, m := range marked.FindAllStringSubmatch(text, -1) {
			if m[1] != "file" {
				continue
			}
			files++
			if m[3] != document(t, m[2]) {
				t.Errorf("%s shows something else than %s", page, m[2])
			}
		}
		if files != want {
			t.Errorf("got %d snippets in %s, want %d", files, page, want)
		}
		if blocks := strings.Count(text, "```go"); blocks != files {
			t.Errorf("%s has %d blocks of Go, and only %d name their file", page, blocks, files)
		}
	}
}

// Tick is what nobody sends.
type Tick struct{ N int }

// broken is the scenario whose report the README shows: the server waits for itself.
var broken = drivers.Scenario{
	Name: "ticks/reach-the-client",
	Rule: "a client receives what the server broadcasts",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server),
				drivers.Within(time.Minute, drivers.WaitUntilAllEndpointsSubscribedTo[Tick](true)),
				drivers.Broadcast(Tick{N: 1})),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.ConnectToEndpoints(server),
				drivers.WaitFor[Tick]()),
		}
	},
}

// varying is what differs from run to run.
var varying = regexp.MustCompile(`\d+(\.\d+)?(ms|s)\b`)

func TestReportIsWhatARunPrints(t *testing.T) {
	for _, m := range marked.FindAllStringSubmatch(readme(t), -1) {
		if m[1] != "report" {
			continue
		}
		r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), ActionTimeout: 300 * time.Millisecond}
		report := r.Run(t.Context(), broken)
		if got, want := varying.ReplaceAllString(report.String(), "~"), varying.ReplaceAllString(m[3], "~"); got != want {
			t.Errorf("README.md shows\n%s\na run prints\n%s", want, got)
		}
		return
	}
	t.Error("README.md shows no report")
}
