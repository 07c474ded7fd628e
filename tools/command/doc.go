// Package command is the lahja command as a library, for programs with their own
// scenarios:
//
//	func main() { command.Main(runner.Suite{Scenarios: mine}) }
//
// has all of `lahja run`: selection by name, several runs at once, a live view, a table, JSON
// lines. With `--log` it counts passes in a row in a file; rerun the command to resume.
// `lahja diff` runs scenarios on two engines and shows the first difference that a driver saw.
// Main also dispatches children and workers: both are this program started again, so call it
// before anything that they must not do.
package command
