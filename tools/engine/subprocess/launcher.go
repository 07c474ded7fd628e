package subprocess

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// Launcher starts the processes of drivers. Here is one for this machine; package agents has
// one for other machines. All methods are safe for concurrent use.
type Launcher interface {
	// Name begins the engine's name: "subprocess", or "agents".
	Name() string
	// Has is what drivers and endpoints can do there, beyond what processes can anywhere.
	Has() []engine.Capability
	// Machines are where drivers can be. It is called when the engine is opened, and whatever
	// takes time before a run, such as sending the program, is done here.
	Machines(ctx context.Context) ([]engine.Machine, error)
	// Place finds a place for every driver of a run (engine.Places.Assign), or fails and takes none.
	Place(ctx context.Context, run Placing) (Placement, error)
}

// Placing is a run that needs places.
type Placing struct {
	// Drivers are those that need a process; the others are nil.
	Drivers []engine.Driver
	// Places are where they have to be.
	Places engine.Places
	// Dir is the run's private directory on this machine.
	Dir string
}

// Placement is where the drivers of one run have their places.
type Placement interface {
	// Start starts the process of one driver.
	Start(ctx context.Context, spec Spec) (Process, error)
	// Close gives the places back, when every process has ended. It lists what was left behind,
	// one sentence each.
	Close() []string
}

// Spec is a process to start: this program, with what its driver needs.
type Spec struct {
	// Driver is the driver's index, and Name its name.
	Driver int
	Name   string
	// Args are the arguments.
	Args []string
	// Env adds to the environment that programs have there.
	Env []string
	// Ring is where the driver's records go, whose File the process inherits; nil for none.
	Ring *recording.Ring
	// Output is called with each line that the process prints, by one goroutine.
	Output func(line string)
}

// Control is the parent's end of a process's control connection, on which each record is one
// line. Bytes arrive as they were sent and in order, or Read fails.
type Control interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
}

// Process is a driver's process that was started.
type Process interface {
	// Control is connected to the process's descriptor 3. Whoever started the process closes it.
	Control() Control
	// Where says where the process runs.
	Where() Where
	// Skew is how much the clock there is ahead of this one, give or take uncertain.
	Skew() (ahead, uncertain time.Duration)
	// Pause stops the process and all that it has started, as SIGSTOP does, and returns when it
	// stands still. Resume lets it go on. Neither is called once Wait has been.
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	// Dying notes what the process has started and could leave behind. It is called before the
	// process kills itself.
	Dying()
	// Kill kills the process and all that it has started.
	Kill()
	// Wait waits until the process has ended, and ends what is left of its process group. One
	// that goes on for longer than the grace is killed.
	Wait(grace time.Duration) Exit
	// Clean is called after Wait. It ends what the process has left running elsewhere, waits for
	// the last of its output, and lists what was left, one sentence each. Looked says that the
	// process has looked itself for what its driver had started, and has ended it.
	Clean(looked bool) []string
}

// Where is the place of a process.
type Where struct {
	// Host names the machine, for reports; empty means this one.
	Host string
	// Address is where endpoints of the process listen, where their transport's addresses have
	// a host in them; empty means loopback.
	Address string
	// Dir is the run's private directory there.
	Dir string
	// PID is the process's id on its machine.
	PID int
}

// Exit says how a process ended.
type Exit struct {
	// Code is the exit code, of a process that exited.
	Code int
	// Signal is what ended the process otherwise.
	Signal syscall.Signal
	// Error is why neither is known: the machine has gone, or nobody can be asked.
	Error error
}

// Success reports whether the process exited with code 0.
func (e Exit) Success() bool { return e == Exit{} }

func (e Exit) String() string {
	switch {
	case e.Error != nil:
		return "an unknown state: " + e.Error.Error()
	case e.Signal != 0:
		return fmt.Sprintf("signal %d (%s)", e.Signal, e.Signal)
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// ExitOf says how a process of this machine ended.
func ExitOf(state *os.ProcessState) Exit {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return Exit{Signal: status.Signal()}
	}
	return Exit{Code: state.ExitCode()}
}

// Assign finds a machine for each of the run's drivers, by its index; those that need no process
// have -1.
func (p Placing) Assign(machines []engine.Machine) ([]int, error) {
	var names []string
	for _, d := range p.Drivers {
		if d != nil {
			names = append(names, d.Name())
		}
	}
	found, err := p.Places.Assign(names, machines)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(p.Drivers))
	for i, d := range p.Drivers {
		if at[i] = -1; d != nil {
			at[i], found = found[0], found[1:]
		}
	}
	return at, nil
}

// addresses lists where endpoints may listen besides loopback, each once.
func addresses(machines []engine.Machine) []string {
	var all []string
	for _, m := range machines {
		if m.Address != "" && !slices.Contains(all, m.Address) {
			all = append(all, m.Address)
		}
	}
	return all
}
