//go:build !linux

package runner

// openDescriptors is empty where the system has no /proc: descriptors are then
// counted at the transport alone.
func openDescriptors() map[string]string { return nil }

// childProcesses is empty where the system has no /proc.
func childProcesses() []string { return nil }
