package examples_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// session matches a block of commands in the page, with the name of what it shows.
var session = regexp.MustCompile("(?s)<!-- hosts: (\\S+) -->\n```console\n(.*?)```\n")

// typed is one command of the page, and what it prints.
type typed struct{ host, command, prints string }

func sessions(t *testing.T) map[string][]typed {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "connecting.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]typed{}
	for _, m := range session.FindAllStringSubmatch(string(page), -1) {
		var lines []typed
		for line := range strings.Lines(m[2]) {
			if host, command, ok := strings.Cut(line, "$ "); ok {
				lines = append(lines, typed{host: host, command: strings.TrimSpace(command)})
			} else {
				lines[len(lines)-1].prints += line
			}
		}
		all[m[1]] = lines
	}
	return all
}

// TestConnectingPage does on hosts what the page shows.
func TestConnectingPage(t *testing.T) {
	all := sessions(t)
	for _, name := range []string{"tls", "nats"} {
		t.Run(name, func(t *testing.T) {
			if len(all[name]) != 3 {
				t.Fatalf("got the commands %v, want three", all[name])
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			perform(ctx, t, netnstest.Start(t, "east", "west"), all[name])
		})
	}
}

// perform runs the commands of a session: one that prints nothing to its end, a
// server until all others have ended, and the others at once.
func perform(ctx context.Context, t *testing.T, network *netns.Network, session []typed) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples", "distributed"), os.DirFS("distributed")); err != nil {
		t.Fatal(err)
	}
	var ends []func()
	for _, line := range session {
		cmd := typedOn(ctx, t, hostOf(t, network, line.host), line.command)
		cmd.Dir = dir
		switch {
		case line.prints == "":
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%s: %v\n%s", line.command, err, out)
			}
		case line.prints == "serving\n":
			defer startServer(t, cmd, line)()
		default:
			ends = append(ends, start(t, cmd, line))
		}
	}
	for _, end := range ends {
		end()
	}
}

// start starts a command; the function that it returns waits for its end.
func start(t *testing.T, cmd *exec.Cmd, line typed) (end func()) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := cmd.Wait(); err != nil || out.String() != line.prints {
			t.Errorf("%s: %v\nit printed\n%s\nwant\n%s", line.command, err, &out, line.prints)
		}
	}
}

// startServer starts a command and waits until it serves; the function that it
// returns interrupts it.
func startServer(t *testing.T, cmd *exec.Cmd, line typed) (end func()) {
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); said != line.prints {
		t.Errorf("%s: %v, it printed %q, want %q", line.command, err, said, line.prints)
	}
	return func() {
		err := cmd.Process.Signal(os.Interrupt)
		_, readErr := io.Copy(io.Discard, out)
		if err := errors.Join(err, readErr, cmd.Wait()); err != nil {
			t.Errorf("%s: %v", line.command, err)
		}
	}
}

func hostOf(t *testing.T, network *netns.Network, name string) subprocess.Host {
	t.Helper()
	for _, h := range append(network.Hosts(), network.Hub()) {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("there is no host %q", name)
	return subprocess.Host{}
}

// typedOn is a command of the page on that host, with the example that was built.
func typedOn(ctx context.Context, t *testing.T, host subprocess.Host, text string) *exec.Cmd {
	t.Helper()
	rest, ok := strings.CutPrefix(text, "go run ./examples/distributed ")
	if !ok {
		t.Fatalf("%q does not run the example", text)
	}
	line := append(append([]string{}, host.Command...), filepath.Join(programs, "distributed"))
	line = append(line, strings.Fields(rest)...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
