package runner

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// descriptor identifies what is open at a number: a file, a socket, a pipe.
type descriptor struct{ device, inode uint64 }

// openDescriptors returns this process's descriptors by number.
func openDescriptors() map[int]descriptor {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	open := make(map[int]descriptor, len(names))
	for _, name := range names {
		number, err := strconv.Atoi(name)
		if err != nil || number == int(dir.Fd()) {
			continue
		}
		var stat syscall.Stat_t
		if syscall.Fstat(number, &stat) == nil {
			open[number] = descriptor{device: stat.Dev, inode: stat.Ino}
		}
	}
	return open
}

// describeDescriptor says what is open at a number. What the Go runtime opens for
// itself, when it first needs it, is "".
func describeDescriptor(number int) string {
	what, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", number))
	if err != nil || strings.HasPrefix(what, "anon_inode:") {
		return ""
	}
	return fmt.Sprintf("%d (%s)", number, what)
}

// adoptOrphans makes this process the parent of those below it whose parent ends, so that
// none goes unnoticed (a child subreaper).
func adoptOrphans() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } // Without it, fewer are noticed.

// leaveOrphans undoes adoptOrphans. A process that is stopped when its parent ends is
// continued by the system, but not if this process adopts it.
func leaveOrphans() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }

// end ends a process. One that this process started is left to be waited for.
func end(pid int) {
	_ = unix.Kill(pid, unix.SIGKILL) // It may have ended.
	if !started(pid) {
		_, _ = unix.Wait4(pid, nil, 0, nil)
	}
}

// started reports whether this process started the other one and has not waited for it:
// it then holds a descriptor for it.
func started(pid int) bool {
	infos, _ := filepath.Glob("/proc/self/fdinfo/*")
	for _, info := range infos {
		data, err := os.ReadFile(info)
		if err == nil && strings.Contains(string(data), fmt.Sprintf("\nPid:\t%d\n", pid)) {
			return true
		}
	}
	return false
}

// childProcesses lists the children of this process, dead ones that it started and did
// not wait for included. Mostly there are none, which one call tells.
func childProcesses() []process {
	err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if errors.Is(err, unix.ECHILD) {
		return nil
	}
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil
	}
	var all []process
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(data)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				continue
			}
			p := describeProcess(pid)
			if p.dead && !started(pid) {
				_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil) // It was adopted, and has ended by itself.
				continue
			}
			all = append(all, p)
		}
	}
	return all
}

// describeProcess is what the system says of a process. One that is dead has no command
// line any more, only a name.
func describeProcess(pid int) process {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, _ := os.ReadFile(dir + "stat")
	_, state, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
	line, _ := os.ReadFile(dir + "cmdline")
	if len(line) == 0 {
		line, _ = os.ReadFile(dir + "comm")
	}
	return process{pid: pid, dead: strings.HasPrefix(state, "Z"),
		line: strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))}
}
