// Package lasting knows the sockets of this process that outlast runs: a connection that serves
// all of them, and is made anew whenever it breaks. What a run leaves open is told from these.
package lasting

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// ID identifies an open file of this machine.
type ID struct{ Device, Inode uint64 }

// known counts the sockets, as two descriptors may have one.
var known struct {
	sync.Mutex
	open map[ID]int
}

// Has reports whether the file is a socket that outlasts runs.
func Has(id ID) bool {
	known.Lock()
	defer known.Unlock()
	return known.open[id] > 0
}

func add(id ID, n int) {
	known.Lock()
	defer known.Unlock()
	if known.open == nil {
		known.open = map[ID]int{}
	}
	if known.open[id] += n; known.open[id] == 0 {
		delete(known.open, id)
	}
}

// Dialer dials connections that outlast runs.
type Dialer struct{ net.Dialer }

// Dial dials as net.Dialer does. The connection outlasts runs until it is closed. While it is
// being made, it counts as one that does not.
func (d Dialer) Dial(network, address string) (net.Conn, error) {
	conn, err := d.DialContext(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return conn, nil
	}
	id, err := identify(raw)
	if err != nil {
		conn.Close()
		return nil, err
	}
	add(id, 1)
	return &lastingConn{Conn: conn, id: id}, nil
}

type lastingConn struct {
	net.Conn
	id   ID
	once sync.Once
}

func (c *lastingConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { add(c.id, -1) })
	return err
}
