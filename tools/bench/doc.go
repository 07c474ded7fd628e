// Package bench measures the bus and, for comparison, other carriers of the same events: bare
// sockets, a NATS server and Go channels. A program can register more (Carrier). It also measures
// the bus across a bridge. `lahja bench` is its command. Two lines add that command to a program:
//
//	func main() {
//		bench.Dispatch()
//		command.Program{Suites: suites(), Commands: []command.Subcommand{bench.NewCommand()}}.Main()
//	}
//
// Each sender and each receiver is a process: this program, started again. Dispatch tells it
// its role. A run starts its processes, waits until all are connected, sends some events to
// warm up, and then sends the measured events as fast as it can. The time runs from the first
// send to the last receive, by the machine's monotonic clock. A run has no figure but an error
// if an event is missing, out of order or of the wrong length, if a process ends, or if nothing
// happens any more.
//
// Each round runs the bus and its baselines in turn, and compares them within the round, so
// that other load on the machine affects both. The result is the median of the rounds.
//
// All systems carry the same payload, which does not compress, with an index and a time. If
// there are many events, one in sixteen is timed, for all systems alike: reading the clock
// costs the limit more than its work does.
//
// The package links a NATS server, so only the command imports it.
package bench
