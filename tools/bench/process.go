package bench

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Process is one process of a run, as its carrier sees it. Its methods are safe for concurrent
// use.
type Process struct{ child *child }

// Dir returns the run's private directory, for sockets. Its path is short.
func (p Process) Dir() string { return p.child.Dir }

// Address returns what Carrier.Serve returned.
func (p Process) Address() string { return p.child.URL }

// Consumers returns the number of receivers.
func (p Process) Consumers() int { return p.child.Consumers }

// Listening reports that other processes can connect to this one.
func (p Process) Listening() error { return p.child.say(messageListening) }

// Ready reports that this receiver gets every event from now on.
func (p Process) Ready() error { return p.child.say(messageReady) }

// Must ends the run if err is not nil. It is for callbacks that cannot return an error.
func (p Process) Must(err error) { p.child.must(err) }

// Start starts a program that does its part in the run, such as a server. Its processor time and
// its memory count as the process's own. It ends with the process. If it ends earlier, so does the
// run, with an error that has its last output. A process can start one program, and only on Linux.
func (p Process) Start(cmd *exec.Cmd) error {
	if _, err := usedBy(os.Getpid()); err != nil {
		return err
	}
	last := new(output)
	cmd.Stdout, cmd.Stderr = both(last, cmd.Stdout), both(last, cmd.Stderr)
	cmd.WaitDelay = outputGrace
	if err := cmd.Start(); err != nil {
		return err
	}
	p.child.program.Store(cmd.Process)
	go func() {
		_ = cmd.Wait() // The state of the process says how it ended.
		p.Must(fmt.Errorf("%s ended too early (%s); its last output:\n%s", filepath.Base(cmd.Path), cmd.ProcessState, last))
	}()
	return nil
}

// both writes to w, too, unless it is nil.
func both(last *output, w io.Writer) io.Writer {
	if w == nil {
		return last
	}
	return io.MultiWriter(last, w)
}
