// Package stress holds what the bus is to bear, as tests: more connects and disconnects
// than anybody makes, no descriptors left, no room on a disk. They judge by what is left
// and said, never by how long it takes.
//
// They run for seconds. For longer:
//
//	go test ./internal/stress -stress.time 1m
package stress
