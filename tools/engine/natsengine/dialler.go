package natsengine

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// dialTimeout bounds one attempt to reach the server, which is on this machine.
const dialTimeout = 2 * time.Second

// dialler knows which connections to the server are open, so that a run can tell
// what it left behind without looking at the whole process.
type dialler struct {
	mu    sync.Mutex
	alive int
}

// Dial is what nats.go asks for.
func (d *dialler) Dial(network, address string) (net.Conn, error) {
	conn, err := net.DialTimeout(network, address, dialTimeout)
	if err != nil {
		return nil, err
	}
	d.add(1)
	return &countedConn{Conn: conn, dialler: d}, nil
}

func (d *dialler) add(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alive += n
}

func (d *dialler) open() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.alive == 0 {
		return nil
	}
	return []string{fmt.Sprintf("descriptor: %d connections to the NATS server were not closed", d.alive)}
}

type countedConn struct {
	net.Conn
	dialler *dialler
	once    sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.dialler.add(-1) })
	return c.Conn.Close()
}
