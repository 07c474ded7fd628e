package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/terminal/terminaltest"
)

// onTerminal runs the command on a terminal of that width, and presses Ctrl-C when that
// shows the text press. It returns what is on the terminal at the end.
func onTerminal(t *testing.T, width uint16, env []string, press string, args ...string) (shown string, code int) {
	t.Helper()
	screen, tty := terminaltest.New(t, width, 24)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), append(env, programEnv+"=screens", "TERM=xterm")...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // It may have ended.
	if err := tty.Close(); err != nil {          // So that reading ends with the command.
		t.Fatal(err)
	}
	var all strings.Builder
	for buffer := make([]byte, 4096); ; {
		n, err := screen.Read(buffer)
		all.Write(buffer[:n])
		if press != "" && strings.Contains(all.String(), press) {
			press = ""
			if _, err := io.WriteString(screen, "\x03"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break // Nobody has the terminal open any more.
		}
	}
	_ = cmd.Wait() // The code says how it ended.
	return display(all.String()), cmd.ProcessState.ExitCode()
}

// up matches what erases lines: the cursor goes up, and everything below it is erased.
var up = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// display returns the lines that are on a terminal after this output. Colours are ^[[…m.
func display(output string) string {
	output = strings.NewReplacer("\r", "", "^C", "").Replace(output)
	var lines []string
	for {
		at := up.FindStringSubmatchIndex(output)
		if at == nil {
			lines = append(lines, strings.SplitAfter(output, "\n")...)
			return strings.ReplaceAll(strings.Join(lines, ""), "\x1b", "^[")
		}
		lines = append(lines, strings.SplitAfter(strings.TrimSuffix(output[:at[0]], "\n"), "\n")...)
		n, _ := strconv.Atoi(output[at[2]:at[3]])
		lines = lines[:max(0, len(lines)-n)]
		output = output[at[1]:]
	}
}

// TestScreens pins what the command shows at its end. With UPDATE=1 it writes the files.
func TestScreens(t *testing.T) {
	for name, value := range map[string]string{"NO_COLOR": "", "CLICOLOR_FORCE": "", "CLICOLOR": "1", "GITHUB_ACTIONS": ""} {
		t.Setenv(name, value)
	}
	args := []string{"run", "--parallel", "1", "--engine", "goroutine+memory", "--engine", "goroutine+unix", "--engine", "subprocess+unix", "--timeout", "10s"}
	for _, c := range []struct {
		name   string
		env    []string
		press  string
		choose []string
		code   int
	}{
		{name: "passing", choose: []string{"--skip", "bad", "--skip", "slow"}},
		{name: "failing", choose: []string{"--skip", "slow"}, code: exitcode.Failed},
		{name: "interrupted", press: "Do(\"wait\")", choose: []string{"--skip", "bad"}, code: exitcode.Interrupted},
		{name: "no-color", env: []string{"NO_COLOR=1"}, choose: []string{"--skip", "slow"}, code: exitcode.Failed},
		{name: "no-color-passing", env: []string{"NO_COLOR=1"}, choose: []string{"--skip", "bad", "--skip", "slow"}},
		{name: "no-color-interrupted", env: []string{"NO_COLOR=1"}, press: "Do(\"wait\")", choose: []string{"--skip", "bad"}, code: exitcode.Interrupted},
	} {
		for _, width := range []uint16{80, 200} {
			t.Run(fmt.Sprintf("%s-%d", c.name, width), func(t *testing.T) {
				got, code := onTerminal(t, width, c.env, c.press, append(args, c.choose...)...)
				if code != c.code {
					t.Errorf("got exit code %d, want %d", code, c.code)
				}
				compareScreen(t, fmt.Sprintf("%s-%d.txt", c.name, width), got)
			})
		}
	}
	t.Run("piped", func(t *testing.T) {
		stdout, stderr, _ := program(t, "screens", append(args, "--skip", "slow")...)
		compareScreen(t, "piped.txt", stderr+stdout)
	})
	t.Run("piped-passing", func(t *testing.T) {
		stdout, stderr, _ := program(t, "screens", append(args, "--skip", "bad", "--skip", "slow")...)
		compareScreen(t, "piped-passing.txt", stderr+stdout)
	})
	t.Run("piped-interrupted", func(t *testing.T) {
		shown, code := intoPipe(t, "alone | it waits", append(args, "--verbose", "--skip", "bad")...)
		if code != exitcode.Interrupted {
			t.Errorf("got exit code %d, want %d", code, exitcode.Interrupted)
		}
		compareScreen(t, "piped-interrupted.txt", shown)
	})
}

// intoPipe runs the command with its output in a pipe, and interrupts it when that has the text
// press. It returns the output.
func intoPipe(t *testing.T, press string, args ...string) (shown string, code int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), programEnv+"=screens")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // It may have ended.
	var all strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		if strings.Contains(lines.Text(), press) {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // The code says how it ended.
	return all.String(), cmd.ProcessState.ExitCode()
}

var (
	someTime   = regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`)
	sourceLine = regexp.MustCompile(`_test\.go:\d+`)
	recordedAt = regexp.MustCompile(`recording: /.*`)
)

func compareScreen(t *testing.T, name, got string) {
	t.Helper()
	got = recordedAt.ReplaceAllString(got, "recording: DIR")
	got = sourceLine.ReplaceAllString(someTime.ReplaceAllString(got, "TIME"), "_test.go:LINE")
	path := filepath.Join("testdata", "screens", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%.4000s\nwant\n%s", name, got, want)
	}
}
