//go:build !linux

package orphans

// Supported reports whether this system can find detached processes.
const Supported = false

func adopt(bool) {}

// Children is empty: the system says nothing of them.
func Children() []Process { return nil }

// Below is empty: the system says nothing of them.
func Below(int) []Process { return nil }

func kill(Process) bool { return false }

func describe(int) (Process, bool) { return Process{}, false }
