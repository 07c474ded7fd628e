//go:build !linux

package runner

type descriptor struct{}

// openDescriptors is empty where the system has no /proc: descriptors are then
// counted at the transport alone.
func openDescriptors() map[int]descriptor { return nil }

func describeDescriptor(int) string { return "" }

// childProcesses is empty where the system has no /proc: processes are then noticed
// only in the group of a driver's process, and nobody adopts those that leave it.
func childProcesses() []process { return nil }

func adoptOrphans() {}

func leaveOrphans() {}

func end(int) {}
