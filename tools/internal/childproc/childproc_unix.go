//go:build unix

package childproc

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// Supported reports whether this system can start such processes.
const Supported = true

// Pair returns the ends of a control connection: the parent's, ready for the poller, and
// the child's, ready to be inherited.
func Pair() (parent, child *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		return nil, nil, errors.Join(os.NewSyscallError("setnonblock", err), syscall.Close(fds[0]), syscall.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control"), nil
}

// Inherited returns the control connection of a child.
func Inherited() (*os.File, error) {
	Shield()
	if err := syscall.SetNonblock(ControlFD, true); err != nil {
		return nil, os.NewSyscallError("setnonblock", err)
	}
	return os.NewFile(ControlFD, "control"), nil
}

// Shield keeps the control connection from programs that a child starts.
func Shield() { syscall.CloseOnExec(ControlFD) }

// ShieldRing does the same for the ring. Call it before the program opens anything, as the
// descriptor may be another one later.
func ShieldRing() { syscall.CloseOnExec(RingFD) }

// Lead has the process that cmd starts lead a process group. It gets no Ctrl-C from the
// terminal.
func Lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Kill kills a process group.
func Kill(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// Stop pauses a process group.
func Stop(leader int) error { return syscall.Kill(-leader, syscall.SIGSTOP) }

// Continue resumes a stopped process group.
func Continue(leader int) error { return syscall.Kill(-leader, syscall.SIGCONT) }

// Lives reports whether a process group has members, dead ones that nobody has waited for
// included.
func Lives(leader int) bool { return syscall.Kill(-leader, 0) == nil }

// Exists reports whether a process exists. One that has ended does until its parent has
// waited for it.
func Exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// Group returns this process's group.
func Group() int { return syscall.Getpgrp() }

// KillOwn kills this process with its group if it leads one.
func KillOwn() {
	if Group() == os.Getpid() {
		_ = syscall.Kill(0, syscall.SIGKILL) // A process may always kill its own group.
	}
}
