package natsbus

import "context"

// online returns a channel that is closed while the connection to the server is up.
func (e *Endpoint) online() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.backed
}

// lost returns a channel that is closed while there is no connection.
func (e *Endpoint) lost() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.down
}

func (e *Endpoint) setOnlineLocked(up bool) {
	was := isClosed(e.backed)
	if up && !was {
		close(e.backed)
		e.down = make(chan struct{})
	} else if !up && was {
		e.backed = make(chan struct{})
		close(e.down)
	}
}

func (e *Endpoint) offline(err error) {
	e.mu.Lock()
	e.setOnlineLocked(false)
	e.outage = err
	closing := e.closing
	e.mu.Unlock()
	if !closing {
		e.core.Warn("lahja: connection to the NATS server lost", "", err)
	}
}

// awaitServer waits for the connection to the server, so that no hellos pile up. It reports
// whether ctx lasted longer.
func (e *Endpoint) awaitServer(ctx context.Context) bool {
	select {
	case <-e.online():
		return true
	case <-ctx.Done():
		return false
	}
}
