package childproc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// outputGrace is how long what a child left running may hold its output open.
const outputGrace = time.Second

// Again starts this program again, with these arguments, and with mark added to its environment,
// as "NAME=value". What it prints goes to output. It leads a process group. The connection is
// the parent's end of its control connection.
func Again(args []string, mark string, output io.Writer) (*exec.Cmd, *os.File, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program's file: %w", err)
	}
	parent, child, err := Pair()
	if err != nil {
		return nil, nil, fmt.Errorf("make a control connection: %w", err)
	}
	defer child.Close()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), mark)
	cmd.ExtraFiles = []*os.File{child}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = outputGrace
	Lead(cmd)
	if err := cmd.Start(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start a worker: %w", err), parent.Close())
	}
	return cmd, parent, nil
}
