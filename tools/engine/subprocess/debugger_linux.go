package subprocess

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"
)

// debuggerPoll is how often a child looks whether a debugger has attached; no event
// tells.
const debuggerPoll = 50 * time.Millisecond

// awaitDebugger returns when a debugger traces this process.
func awaitDebugger(ctx context.Context) error {
	for {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			return fmt.Errorf("look whether a debugger has attached: %w", err)
		}
		if !bytes.Contains(status, []byte("TracerPid:\t0\n")) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(debuggerPoll):
		}
	}
}
