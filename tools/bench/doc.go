// Package bench measures the bus beside what else could carry the same events: bare
// sockets, a NATS server, Go channels. It is what is behind `lahja bench`; a program
// needs two lines to have that command:
//
//	func main() {
//		bench.Dispatch(suite)
//		command.Program{Suites: []runner.Suite{suite}, Commands: []command.Subcommand{bench.NewCommand()}}.Main()
//	}
//
// Whoever sends and receives is a process: this program, started again, which finds
// out in Dispatch what its part is (roles). A run starts its processes, waits until
// all are connected, sends some events to warm up, and then those that are measured,
// as fast as they go. Time is from the first send to the last receive, by the one
// monotonic clock of the machine. An event that is missing, out of order or of
// another length, a process that ends, and a run in which nothing happens any more
// are errors: they have no figure.
//
// In every round the bus and its baselines run one after the other, and the ratios
// are of that round, so that what else happens on the machine strikes both; the result
// is the median of the rounds.
//
// The payload is the same for all, and does not compress. All carry an index and a
// time besides. Of many events one in sixteen is timed, for all systems alike, as
// reading the clock costs the limit more than its work.
//
// The package links a NATS server, so nothing imports it but the command that offers
// it.
package bench
