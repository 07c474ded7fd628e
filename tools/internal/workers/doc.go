// Package workers runs scenarios in other processes: this program started again. A worker
// makes one run at a time, so that several can run at once and each is still blamed for
// exactly what it leaves behind: a Runner that is Exclusive compares the descriptors and
// processes of its whole process before and after a run, and only one run has them.
//
// One worker is for the scenarios that mostly wait (drivers.Scenario.Rests). It has many of
// them at once, because they open nothing any more while others begin.
//
// A worker's descriptor 3 is its control connection, with JSON messages in both directions.
// It is also its lifeline: the worker ends when it closes.
package workers
