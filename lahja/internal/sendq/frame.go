package sendq

import "slices"

// Frame is what is queued, for all peers that receive it. The queue does not change it.
type Frame struct {
	Bytes []byte
	// Limited is what the frame counts for against the queue's limit, in bytes; 0 for
	// control frames and answers.
	Limited int
	// Control marks a frame of the bus itself.
	Control bool
	// Request says that somebody waits for the answer: the frame is never dropped.
	Request bool
	// Event is the type whose window the frame passes if it is Limited, and Cost what it
	// takes of it. A span has neither, and neither has an answer that is Limited: it passes no
	// window.
	Event string
	Cost  int
	// Sequence is that of the event, for an observer.
	Sequence uint64
	// Borrowed says that the frame and its bytes belong to the sender. Copy the frame to keep
	// it (Keep).
	Borrowed bool

	arena *Arena // where the bytes lie, among those of other frames; nil for memory of their own
	at    int    // where in the arena they begin
}

// InArena notes that the bytes lie in the arena, from at on.
func (f *Frame) InArena(a *Arena, at int) { f.arena, f.at = a, at }

// Keep returns the frame if it may be kept, and otherwise a copy.
func (f *Frame) Keep() *Frame {
	if !f.Borrowed {
		return f
	}
	return f.Copy()
}

// Copy returns the frame in memory of its own.
func (f *Frame) Copy() *Frame {
	own := *f
	own.Bytes, own.Borrowed, own.arena, own.at = slices.Clone(f.Bytes), false, nil, 0
	return &own
}
