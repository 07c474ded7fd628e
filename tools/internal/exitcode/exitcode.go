// Package exitcode has the exit codes of all commands.
package exitcode

const (
	Passed = 0
	Failed = 1
	Usage  = 2
	// Unfinished: nothing failed, but time ran out, or passes in a row are missing.
	Unfinished = 3
	// Interrupted is what shells report of a command that SIGINT ended.
	Interrupted = 130
)
