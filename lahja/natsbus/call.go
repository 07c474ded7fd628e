package natsbus

import (
	"crypto/rand"
	"encoding/binary"
)

// call is a question that waits for its answer.
type call struct {
	instance uint64 // the one that was asked: no other one can answer
	answered chan struct{}
}

// ask sends a question to a peer. answered is closed when the answer arrives, which carries
// the number. Numbers are random, so that nobody else can guess them.
func (e *Endpoint) ask(l *link) (answered <-chan struct{}, number uint64, forget func()) {
	c := call{instance: l.instance, answered: make(chan struct{})}
	e.mu.Lock()
	for number = randomNumber(); e.calls[number].answered != nil; {
		number = randomNumber()
	}
	e.calls[number] = c
	e.mu.Unlock()
	return c.answered, number, func() {
		e.mu.Lock()
		delete(e.calls, number)
		e.mu.Unlock()
	}
}

// answered ends the call of that number, unless another instance was asked.
func (e *Endpoint) answered(instance, number uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, open := e.calls[number]; open && c.instance == instance {
		delete(e.calls, number)
		close(c.answered)
	}
}

// randomNumber returns an unpredictable number, never 0.
func randomNumber() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails, see its documentation
	return binary.BigEndian.Uint64(b[:]) | 1
}
