// Package subprocess is the engine whose drivers are processes: this program started again,
// which calls runner.Dispatch.
//
//	e := subprocess.On(transports.Unix())
//
// The child's end of a socket pair is its file descriptor 3: JSON messages, one a line, in
// both directions. It is also the lifeline: when it closes, the child ends. A child has
// finished only with exit code 0 and a completion message; anything else is a failure that
// says which of the two is missing and where the driver stood.
//
// It needs process groups and descriptors that children inherit, so it works on Unix
// systems alone. Elsewhere it lacks engine.ChildProcesses, and every scenario is
// unsupported. Only on Linux does it find processes that detached themselves, and wait for
// a debugger.
package subprocess
