package examples_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// root is the root of the module, where users run the examples.
const root = ".."

// programs is where TestMain built the examples, all at once.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "examples-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./examples/...")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", build, err, out)
		return 1
	}
	programs = dir
	return m.Run()
}

func TestExamplesPrintWhatTheirCommentsSay(t *testing.T) {
	for _, test := range []struct {
		example string
		args    []string
	}{
		{"chat", nil},
		{"distributed", nil},
		{"request", nil},
		{"scenario", []string{"run", "--engine", "goroutine+memory", "--engine", "subprocess+unix"}},
	} {
		t.Run(test.example, func(t *testing.T) {
			comment := commentOf(t, test.example)
			command := strings.Join(append([]string{"go run ./examples/" + test.example}, test.args...), " ")
			if said := indented(comment, ""); said != command {
				t.Errorf("the comment says %q, the test runs %q", said, command)
			}
			want := indented(comment, "prints")
			if got := run(t, test.example, test.args...); normal(got) != normal(want) {
				t.Errorf("it printed\n%s\nand its comment says\n%s", got, want)
			}
		})
	}
}

func TestChatInTwoTerminals(t *testing.T) {
	dir := t.TempDir()
	alice := make(chan string, 1)
	go func() { alice <- run(t, "chat", "serve", dir) }()
	bob := run(t, "chat", "join", dir)
	for who, got := range map[string]string{"alice": <-alice, "bob": bob} {
		var want []string
		for line := range strings.Lines(indented(commentOf(t, "chat"), "prints")) {
			if strings.HasPrefix(line, who+":") {
				want = append(want, strings.TrimSpace(line))
			}
		}
		if got := strings.TrimSpace(got); len(want) == 0 || got != strings.Join(want, "\n") {
			t.Errorf("%s printed\n%s\nwant\n%s", who, got, strings.Join(want, "\n"))
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}

func TestWrongArgumentsAreToldUsage(t *testing.T) {
	out, err := command(t, filepath.Join(programs, "chat"), "serve").CombinedOutput()
	if err == nil || string(out) != "chat: usage: chat [serve DIR | join DIR]\n" {
		t.Errorf("got %v, %s", err, out)
	}
}

// TestTransportPassesConformance runs a few scenarios; all of them are run by the
// example's own test.
func TestTransportPassesConformance(t *testing.T) {
	got := run(t, "transport", "conform", "--scenario", "broadcast/*", "--scenario", "socket/mode")
	engines := strings.Count(got, "+loopback passes what was chosen")
	for _, want := range []string{
		`^ +a b\n`,
		`(?m)^broadcast +\d+  \. \.$`,
		`(?m)^socket +1  - -$`,
		`(?m)^a goroutine\+loopback +b subprocess\+loopback$`,
		fmt.Sprintf(`\n\d+ passed, 0 failed, %d unsupported, 0 not run in \S+\n`, engines), // socket/mode on each
		`\ngoroutine\+loopback passes what was chosen: \d+ passed, 0 failed, 1 unsupported, 0 known to fail\n`,
		`\nsubprocess\+loopback passes what was chosen: \d+ passed, 0 failed, 1 unsupported, 0 known to fail\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("it printed\n%s\nwant a match of %q", got, want)
		}
	}
}

func TestImplementationConforms(t *testing.T) {
	out, err := command(t, filepath.Join(programs, "implementation"), "conform").Output() // It shows its progress besides.
	want := indented(commentOf(t, "implementation"), "ends with")
	if err != nil || !strings.HasSuffix(uncounted(string(out)), "\n"+uncounted(want)+"\n") {
		t.Errorf("it printed (%v)\n%s\nand its comment says that it ends with\n%s", err, out, want)
	}
}

// uncounted leaves out how many scenarios there are.
func uncounted(output string) string {
	return regexp.MustCompile(`\d+ (passed|unsupported)`).ReplaceAllString(output, "N $1")
}

// run runs an example from the root of the module and returns what it printed.
func run(t *testing.T, example string, args ...string) string {
	t.Helper()
	cmd := command(t, filepath.Join(programs, example), args...)
	cmd.Dir = root
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s: %v\n%s%s", cmd, err, out, stderr.String())
	}
	return string(out)
}

// command is interrupted, so that it ends what it started, and then killed, when
// it has hung.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// commentOf is the comment on top of the example's doc.go.
func commentOf(t *testing.T, example string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(example, "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(source), "\npackage ")
	return regexp.MustCompile(`(?m)^// ?`).ReplaceAllString(comment, "")
}

// indented is the first indented block in comment, or the first one below the
// line that ends with after.
func indented(comment, after string) string {
	_, rest, _ := strings.Cut(comment, after+"\n\n\t")
	block := regexp.MustCompile(`\n\n?[^\t\n]`).Split(rest, 2)[0]
	return strings.ReplaceAll(block, "\t", "")
}

var times = regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`)

// normal leaves out what differs from run to run: times, and with them the
// widths of columns.
func normal(output string) string {
	output = times.ReplaceAllString(output, "TIME")
	return strings.TrimSpace(regexp.MustCompile(` +`).ReplaceAllString(output, " "))
}
