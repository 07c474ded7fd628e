// Package childproc starts processes that end with this one: each has a control connection
// to its parent and leads a process group.
package childproc

// ControlFD is the child's end of the control connection.
const ControlFD = 3

// RingFD is the ring that a child inherits for its records, where it does.
const RingFD = 4
