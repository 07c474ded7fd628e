// Package tap is `lahja tap`: it looks on at a running endpoint without being a peer of
// it. It shows the endpoint's peers, subscriptions, queues and counters
// (lahja.Inspection), and the events that pass it.
//
//	command.Program{Suites: suites, Commands: []command.Subcommand{tap.NewCommand()}}.Main()
//
// gives a program of one's own the command. It is apart from package command, as it
// needs nothing of scenarios and they nothing of it.
package tap
