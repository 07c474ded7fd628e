//go:build !linux

package subprocess

import (
	"context"
	"errors"
)

func awaitDebugger(context.Context) error {
	return errors.New("only on Linux can a process find out whether a debugger has attached; " +
		"have the driver sleep first, and attach to its process meanwhile")
}
