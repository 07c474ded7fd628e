package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// sender is the program that sends the event.
const sender = "./tools/internal/structure/oneevent"

// crossed counts the files and functions that one warm event passes through, at both ends.
func crossed(dir string) (files, functions int, err error) {
	work, err := os.MkdirTemp("", "structure-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(work)
	program, profile := filepath.Join(work, "oneevent"), filepath.Join(work, "profile")
	atExit := filepath.Join(work, "exit") // What runs after the event is written there.
	if err := os.Mkdir(atExit, 0o700); err != nil {
		return 0, 0, err
	}
	var listed []byte
	for _, command := range [][]string{
		{"go", "build", "-cover", "-covermode=atomic", "-coverpkg=./lahja/...,./internal/...," + sender, "-o", program, sender},
		{program, work},
		{"go", "tool", "covdata", "textfmt", "-i", work, "-o", profile},
		{"go", "tool", "cover", "-func", profile},
	} {
		run := exec.Command(command[0], command[1:]...)
		run.Dir = dir
		run.Stderr = os.Stderr
		run.Env = append(os.Environ(), "GOCOVERDIR="+atExit)
		if listed, err = run.Output(); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
		}
	}
	passed := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(listed))
	for lines.Scan() { // FILE:LINE: FUNCTION PERCENT
		fields := strings.Fields(lines.Text())
		file, _, isFunction := strings.Cut(fields[0], ":")
		if len(fields) != 3 || !isFunction || fields[0] == "total:" || fields[2] == "0.0%" || strings.Contains(file, sender[1:]) {
			continue
		}
		passed[file] = true
		functions++
	}
	return len(passed), functions, lines.Err()
}
