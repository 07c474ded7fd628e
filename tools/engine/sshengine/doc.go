// Package sshengine runs drivers on machines that are reached by SSH. A machine needs an SSH server
// and a POSIX shell:
//
//	e := subprocess.Engine{
//		Backends: []engine.Backend{transports.TLS()},
//		Launcher: sshengine.At(
//			sshengine.Machine{Name: "east", SSH: "east.example:22", Login: login},
//			sshengine.Machine{Name: "west", SSH: "west.example:22", Login: login},
//		),
//	}
//
// The program that begins the run is sent to each machine once, by the hash of its content, and
// starts the drivers' processes there. They end when the connection does. See docs/agents.md.
package sshengine
