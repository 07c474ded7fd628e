package core

import "github.com/lahja/go-lahja/lahja/internal/caller"

// inHandler is the subscription whose handler runs, in the handler's context.
type inHandler interface {
	// handOver has another goroutine read, if a reader calls the handler.
	handOver()
}

// handlerKey is the context key of the inHandler.
type handlerKey struct{}

// handlerEntry is the function that calls handlers. It is set where that is declared, so that
// what only asks does not refer to subscriptions.
var handlerEntry uintptr

// InsideHandler reports whether the calling goroutine runs a handler.
func InsideHandler() bool { return caller.Inside(handlerEntry) }
