// Package tap is `lahja tap`: it shows a running endpoint without being a peer of it. It
// shows the endpoint's peers, subscriptions, queues and counters (inspect.Inspection), and
// the events that pass it.
//
//	command.Program{Suites: suites, Commands: []command.Subcommand{tap.NewCommand()}}.Main()
//
// adds the command to your program. It is separate from package command, because it needs
// no scenarios and they need no tap.
package tap
