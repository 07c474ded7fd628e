package orphans

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Supported reports whether this system can find detached processes.
const Supported = true

func adopt(on bool) {
	value := uintptr(0)
	if on {
		value = 1
	}
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, value, 0, 0, 0) // Without it, fewer are found.
}

// Children lists the children of this process, dead ones that it started and did not wait
// for included. Mostly there are none, which one call tells.
func Children() []Process {
	err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if errors.Is(err, unix.ECHILD) {
		return nil
	}
	var all []Process
	pids := childrenOf(os.Getpid())
	started := startedHere() // After the list: all of it that was started here is known by now.
	for _, pid := range pids {
		p, ok := describe(pid)
		if !ok {
			continue
		}
		p.born = started[pid] || !tellsOwn()
		if p.Dead && !p.born {
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil) // It was adopted, and has ended by itself.
			continue
		}
		all = append(all, p)
	}
	return all
}

// Below lists the processes that are below another one, and run.
func Below(pid int) []Process {
	var all []Process
	for _, child := range childrenOf(pid) {
		if p, ok := describe(child); ok && !p.Dead {
			all = append(all, p)
		}
		all = append(all, Below(child)...)
	}
	return all
}

func childrenOf(pid int) []int {
	var all []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue // It has ended.
		}
		for field := range strings.FieldsSeq(string(data)) {
			if child, err := strconv.Atoi(field); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// tellsOwn reports whether a process can tell which of its children it started. Where it
// cannot, it must not wait for any of them.
var tellsOwn = sync.OnceValue(func() bool {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return false
	}
	return unix.Close(fd) == nil
})

// startedHere is the processes that this one started and has not waited for: it holds a
// descriptor for each.
func startedHere() map[int]bool {
	started := map[int]bool{}
	infos, _ := filepath.Glob("/proc/self/fdinfo/*")
	for _, info := range infos {
		data, err := os.ReadFile(info)
		if err != nil {
			continue
		}
		_, after, ok := strings.Cut(string(data), "\nPid:\t")
		if line, _, _ := strings.Cut(after, "\n"); ok {
			if pid, err := strconv.Atoi(line); err == nil {
				started[pid] = true
			}
		}
	}
	return started
}

// kill reports whether the process ran.
func kill(p Process) bool {
	now, ok := describe(p.PID)
	return ok && now.same(p) && !now.Dead && unix.Kill(p.PID, unix.SIGKILL) == nil
}

// describe is what the system says of a process. One that is dead has no command line any
// more, only a name.
func describe(pid int) (Process, bool) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return Process{}, false
	}
	// The command may hold anything; state is the third field, the group the fifth, and the
	// start the 22nd.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return Process{}, false
	}
	group, _ := strconv.Atoi(fields[2])
	line, _ := os.ReadFile(dir + "cmdline")
	if len(line) == 0 {
		line, _ = os.ReadFile(dir + "comm")
	}
	return Process{PID: pid, Group: group, Dead: fields[0] == "Z" || fields[0] == "X", started: fields[19],
		Line: strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))}, true
}
