package machines_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/internal/machines"
)

const (
	// modeEnv has this program do something on a machine: tell about it, or wait.
	modeEnv = "MACHINES_TEST_MODE"
	// dirEnv is a directory of the test's.
	dirEnv = "MACHINES_TEST_DIR"
)

func TestMain(m *testing.M) {
	machines.Act()
	switch os.Getenv(modeEnv) {
	case "":
		os.Exit(m.Run())
	case "tell":
		tell()
	case "time":
		fmt.Print(time.Now().UnixMilli())
	case "wait":
		time.Sleep(time.Minute)
	}
}

// tell prints what this process can do.
func tell() {
	name, _ := os.Hostname() // It is empty then.
	fmt.Println("name:", name, "user:", os.Getuid())
	fmt.Print("processes:")
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // The pattern is right.
	for _, file := range lines {
		if line, err := os.ReadFile(file); err == nil {
			program, _, _ := strings.Cut(string(line), "\x00")
			fmt.Print(" ", filepath.Base(program))
		}
	}
	fmt.Print("\nwrites:")
	for _, dir := range []string{"/tmp", "/run", "/dev/shm", machines.Home, "/", "/etc", "/sys", os.Getenv(dirEnv)} {
		if f, err := os.CreateTemp(dir, ""); err == nil {
			fmt.Print(" ", dir)
			f.Close()
		}
	}
	fmt.Print("\nreaches:")
	for _, host := range []string{"10.77.0.1", "10.78.0.1", netns.HubAddress, netns.OutsideAddress} {
		if _, err := net.DialTimeout("tcp", host+":1", 200*time.Millisecond); err != nil && strings.Contains(err.Error(), "refused") {
			fmt.Print(" ", host)
		}
	}
	fmt.Println()
}

func start(t *testing.T, plan machines.Plan) *machines.Lab {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	lab, err := machines.Start(ctx, plan)
	if errors.Is(err, machines.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab
}

// run returns what this program prints on a machine.
func run(t *testing.T, m *machines.Machine, mode string, as func(*exec.Cmd)) string {
	t.Helper()
	var out bytes.Buffer
	cmd := m.Command()
	as(cmd)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, modeEnv+"="+mode, dirEnv+"="+dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	r, err := m.Start(cmd)
	if err == nil {
		err = r.Wait()
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return out.String()
}

func asUser(*exec.Cmd)     {}
func asRoot(cmd *exec.Cmd) { cmd.SysProcAttr, cmd.Dir = nil, "" }

func TestMachinesShareNothing(t *testing.T) {
	lab := start(t, machines.Plan{Inside: []string{"east", "west"}, Outside: []string{"laptop", "other"}})
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, reaches := range map[string]string{"west": "10.77.0.1 10.77.0.254", "other": "10.78.0.254",
		"hub": "10.77.0.1 10.78.0.1 10.77.0.254 10.78.0.254"} {
		for user, as := range map[int]func(*exec.Cmd){1000: asUser, 0: asRoot} {
			want := fmt.Sprintf("name: %s user: %d\nprocesses: %s program\nwrites: /tmp /run /dev/shm /home/user\nreaches: %s\n",
				name, user, filepath.Base(program), reaches)
			if got := run(t, lab.Machine(name), "tell", as); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		}
	}
	if entries, err := os.ReadDir(lab.Machine("east").Path("/tmp")); err != nil || len(entries) > 0 {
		t.Errorf("there are %v of another machine on east: %v", entries, err)
	}
}

func TestAClockIsAhead(t *testing.T) {
	if !machines.ClockShifts {
		t.Skip("a clock can be shifted on linux/amd64 alone")
	}
	ahead := map[string]time.Duration{"east": 90 * time.Second, "west": -90 * time.Second}
	lab := start(t, machines.Plan{Inside: []string{"east", "west", "north"}, Ahead: ahead})
	for _, name := range []string{"east", "west", "north"} {
		before := time.Now().Truncate(time.Millisecond)
		text := run(t, lab.Machine(name), "time", asUser)
		after := time.Now()
		milliseconds, err := strconv.ParseInt(text, 10, 64)
		if got := time.UnixMilli(milliseconds).Add(-ahead[name]); err != nil || got.Before(before) || got.After(after) {
			t.Errorf("%s: it is %q there, and %v to %v here, but for %v: %v", name, text, before, after, ahead[name], err)
		}
	}
}

func TestClosingEndsAllThatRuns(t *testing.T) {
	lab := start(t, machines.Plan{Inside: []string{"east"}})
	m := lab.Machine("east")
	cmd := m.Command()
	cmd.Env = append(cmd.Env, modeEnv+"=wait")
	r, err := m.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.Processes()
	if err != nil || len(all) != 1 || all[0].PID != r.PID() {
		t.Errorf("got the processes %v, %v, want the one that was started, %d", all, err, r.PID())
	}
	space := m.Path("") // of a process that ends
	if err := lab.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Wait(); err == nil {
		t.Error("the process ended by itself, want that it was killed")
	}
	if _, err := os.Stat(space); err == nil {
		t.Error("the machine's first process lives")
	}
	out, err := exec.Command("ip", "netns", "list").CombinedOutput()
	if own := fmt.Sprintf("lahja-%d-", os.Getpid()); err != nil || strings.Contains(string(out), own) {
		t.Errorf("network namespaces are left: %s, %v", out, err)
	}
}
