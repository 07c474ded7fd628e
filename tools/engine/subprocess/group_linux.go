package subprocess

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// groupMembers describes the processes of a process group.
func groupMembers(pgid int) []string {
	var members []string
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (command) state ppid pgrp ...; the command may hold spaces.
		text := string(data)
		open, shut := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
		if open < 0 || shut < open {
			continue
		}
		fields := strings.Fields(text[shut+1:])
		if len(fields) > 2 && fields[2] == fmt.Sprint(pgid) {
			members = append(members, fmt.Sprintf("%s %s", strings.TrimSpace(text[:open]), text[open+1:shut]))
		}
	}
	return members
}
