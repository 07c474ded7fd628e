// Package command is the lahja command as a library, for programs with scenarios
// of their own:
//
//	func main() { command.Main(runner.Suite{Scenarios: mine}) }
//
// has all of `lahja run`: selection by name, live progress, a table, JSON lines.
// With `--log` it counts passes in a row in a file, and goes on where an earlier
// command was ended.
// `lahja diff` runs scenarios on two engines and shows where what drivers saw differs.
// It also dispatches children, so that nothing else is needed for subprocess
// engines.
package command
