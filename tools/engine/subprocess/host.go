package subprocess

// Host is where drivers run that an Engine starts: a network namespace or
// a container, which stands for a machine.
type Host struct {
	// Name is for engine names and reports.
	Name string
	// Address is where endpoints of the host listen, if their transport's addresses
	// have a host in them: a name or an IP address. Empty means loopback.
	Address string
	// Command is what stands before the program that is started there:
	//
	//	[]string{"ip", "netns", "exec", "east"}
	//
	// It must leave the program descriptor 3, over which driver and runner talk, the
	// environment and the process group, show it the same files, and end as the program
	// does: with its exit code, and with 128 and the number more of a signal.
	Command []string
}

func hostNames(hosts []Host) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.Name
	}
	return names
}
