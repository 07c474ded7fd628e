// Package stress holds what the bus is to bear, as tests: each of its promises (docs/promises.md)
// under load, more connects and disconnects than anybody makes, no descriptors left, no room
// on a disk. They judge by what came, is left and is said, never by how long it takes: that
// they log.
//
// They run for seconds. For longer, and to see the figures:
//
//	go test ./internal/stress -v -stress.time 1m
package stress
