package runner

import (
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

// childProcesses lists the direct children of this process, dead ones that were
// not waited for included. Mostly there are none, which one call tells.
func childProcesses() []string {
	err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if errors.Is(err, unix.ECHILD) {
		return nil
	}
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil
	}
	var all []string
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for pid := range strings.FieldsSeq(string(data)) {
			// A process that has gone meanwhile has no name any more.
			name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			all = append(all, pid+" "+strings.TrimSpace(string(name)))
		}
	}
	return all
}
