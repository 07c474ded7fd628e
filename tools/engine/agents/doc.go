// Package agents runs drivers on other machines. On each of them an agent waits for orders, which
// it gets over NATS: nobody needs a way in, and the laptop that begins a run needs a way to NATS
// alone. An engine of package subprocess whose Launcher is one of At has its drivers' processes
// started by agents:
//
//	subprocess.Engine{Backends: []engine.Backend{transports.TLS()}, Launcher: agents.At(url, options)}
//
// The program that runs is the one that began the run. It reaches the agents once, by the hash of
// its content, through NATS' object store, which needs JetStream.
//
// # Trust
//
// To start programs is what an agent is for, so who may give it orders may do on its machine what
// the agent's user may. By default an agent starts only what somebody has signed whose key it
// trusts: the program, the arguments, the environment, and until when the order counts. See
// docs/agents.md.
package agents
