package machines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

type netnsHost = subprocess.Host

// Machine is one machine.
type Machine struct {
	// Name is its host name, too; Address its address.
	Name, Address string

	network *netns.Network
	first   *exec.Cmd // its first process, with which everything on it ends
	alive   io.Closer // the first process ends when this is closed
}

// What every machine has of its own. Nothing else can be written to.
const (
	// Program is this program's file there.
	Program = own + "/program"
	// Home is the home of the user as whom programs run.
	Home = "/home/user"

	own      = "/run/machine"
	aheadOf  = own + "/ahead"
	ordinary = 1000 // the user's id, and the group's
)

// initEnv makes this program a machine's first process. Its value is the machine's name.
const (
	initEnv  = "LAHJA_TEST_MACHINE"
	aheadEnv = "LAHJA_TEST_MACHINE_AHEAD"
)

// Act makes this process what it was started as: if it is the first of a machine, Act does not
// return. On a machine whose clock is ahead, it has the clock of this process be so. Call it first
// thing in TestMain.
//
// No namespace has a clock of its own for the time of day. So Act replaces the function that the
// kernel gives to a process to read it (the vDSO's clock_gettime), in this process alone. All that
// the process reads is ahead then: time.Now, and with it what it measures, sends, records and
// prints. What the kernel itself dates is not: the times of files.
func Act() {
	if name := os.Getenv(initEnv); name != "" {
		os.Exit(beFirst(name))
	}
	text, err := os.ReadFile(aheadOf)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	seconds, _ := strconv.Atoi(string(text)) // This package has written it.
	if err == nil {
		err = shiftClock(int32(seconds))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "machines:", err)
		os.Exit(1)
	}
}

// boot starts the machine's first process in a network namespace.
func (m *Machine) boot(space string, ahead time.Duration) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	m.first = exec.Command(program)
	m.first.Env = append(os.Environ(), initEnv+"="+m.Name, aheadEnv+"="+strconv.Itoa(int(ahead/time.Second)))
	m.first.Stderr = os.Stderr
	stdin, err := m.first.StdinPipe()
	if err != nil {
		return err
	}
	m.alive = stdin
	stdout, err := m.first.StdoutPipe()
	if err != nil {
		return err
	}
	if err := startFirst(m.first, space); err != nil {
		m.first = nil
		return err
	}
	if _, err := io.ReadFull(stdout, make([]byte, len(ready))); err != nil {
		return errors.Join(fmt.Errorf("its first process did not get ready: %w", err), m.halt())
	}
	return nil
}

const ready = "ready\n"

// beFirst is a machine's first process. It ends when its standard input does, and then the kernel
// kills all others.
func beFirst(name string) int {
	ahead, err := strconv.Atoi(os.Getenv(aheadEnv))
	if err == nil {
		err = furnish(name, ahead)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "machines:", name+":", err)
		return 1
	}
	fmt.Print(ready)
	go reap()
	_, _ = io.Copy(io.Discard, os.Stdin) // How it ends is how the test ended.
	return 0
}

// halt ends the machine.
func (m *Machine) halt() error {
	if m.first == nil {
		return nil
	}
	err := errors.Join(m.alive.Close(), m.first.Wait())
	m.first = nil
	return err
}

// Command is this program, to be started on the machine by an ordinary user.
func (m *Machine) Command(args ...string) *exec.Cmd {
	cmd := exec.Command(Program, args...)
	cmd.Dir = Home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + Home}
	ordinaryUser(cmd)
	return cmd
}

// Path is where this process finds a file of the machine's.
func (m *Machine) Path(file string) string {
	return filepath.Join("/proc", strconv.Itoa(m.first.Process.Pid), "root", file)
}

// Unplug takes the machine's network; Plug gives it back.
func (m *Machine) Unplug(ctx context.Context) error { return m.network.Unplug(ctx, m.Name) }

// Plug undoes Unplug.
func (m *Machine) Plug(ctx context.Context) error { return m.network.Plug(ctx, m.Name) }

// Running is a program that was started on a machine.
type Running struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error
}

// Start starts a command on the machine. Its output goes to writers that it has, not to pipes.
func (m *Machine) Start(cmd *exec.Cmd) (*Running, error) {
	if err := m.start(cmd); err != nil {
		return nil, err
	}
	r := &Running{cmd: cmd, ended: make(chan struct{})}
	// A machine has not ended before each process of it was waited for.
	go func() {
		defer close(r.ended)
		r.err = cmd.Wait()
	}()
	return r, nil
}

// PID is the program's process id here.
func (r *Running) PID() int { return r.cmd.Process.Pid }

// Wait waits until the program has ended, and returns what exec.Cmd.Wait did.
func (r *Running) Wait() error {
	<-r.ended
	return r.err
}

// Ended is closed when the program has ended.
func (r *Running) Ended() <-chan struct{} { return r.ended }

// Signal sends a signal to the program. One that has ended gets none.
func (r *Running) Signal(s os.Signal) error {
	if err := r.cmd.Process.Signal(s); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Traffic is how many bytes the machine has received and sent over its network.
func (m *Machine) Traffic() (received, sent int, err error) {
	table, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(m.first.Process.Pid), "net", "dev"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(table)) {
		device, counters, _ := strings.Cut(line, ":")
		if fields := strings.Fields(counters); strings.TrimSpace(device) == netns.Device && len(fields) > 8 {
			received, err1 := strconv.Atoi(fields[0])
			sent, err2 := strconv.Atoi(fields[8])
			return received, sent, errors.Join(err1, err2)
		}
	}
	return 0, 0, fmt.Errorf("machines: %s has no device %s", m.Name, netns.Device)
}

// Process is a process on a machine.
type Process struct {
	// PID is its id here.
	PID int
	// Line is its command line.
	Line string
}

func (p Process) String() string { return fmt.Sprintf("%d %s", p.PID, p.Line) }
