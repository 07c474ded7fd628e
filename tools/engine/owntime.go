package engine

// OwnTime is offered by engines whose clock is not the system's. All of a run happens in
// their time: the drivers, their endpoints, and what watches over them.
type OwnTime interface {
	// Within calls fn in the engine's time and returns when all goroutines that it started
	// have ended, or can never go on. The error says how that failed.
	Within(fn func()) error
}

// Idler is offered by sessions that know whether something is about to happen.
type Idler interface {
	// Idle reports whether no message is under way and no driver sleeps.
	Idle() bool
}
