// Package stdio has a run's processes on another machine started by a relay there: this program
// again, which talks to the run's parent over its standard input and output. How it gets there and
// what carries the streams, SSH say, its user knows; with a Shell on the machine, Equip sends
// the program there, by the hash of its content. The relay ends its processes when its input
// ends, or nothing comes for a while.
package stdio
