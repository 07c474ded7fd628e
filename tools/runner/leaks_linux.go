package runner

import (
	"os"
	"path/filepath"
	"strings"
)

// openDescriptors maps the numbers of this process's descriptors to what they
// are. What the Go runtime opens for itself, when it first needs it, is left out.
func openDescriptors() map[string]string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	open := make(map[string]string, len(entries))
	for _, e := range entries {
		what, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err != nil || strings.HasPrefix(what, "anon_inode:") || strings.HasPrefix(what, "/proc/") {
			continue
		}
		open[e.Name()] = what
	}
	return open
}

// childProcesses lists the direct children of this process, dead ones that were
// not waited for included.
func childProcesses() []string {
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
			name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			all = append(all, "process "+pid+" "+strings.TrimSpace(string(name)))
		}
	}
	return all
}
