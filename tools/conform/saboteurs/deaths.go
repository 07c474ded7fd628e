package saboteurs

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// losingAtDeaths is b that loses an event on every other connection of a process
// when the other side of one has gone.
func losingAtDeaths(b *transports.Backend) *transports.Backend {
	return over(b, func(t lahja.Transport) lahja.Transport {
		deaths := new(atomic.Int64)
		counted := changed{t, func(conn net.Conn) net.Conn { return &countsDeath{Conn: conn, deaths: deaths} }}
		return filtered{counted, loseForEach(deaths)}
	})
}

// countsDeath counts a connection once if the other side ends it, whether a read or a write
// notices that first.
type countsDeath struct {
	net.Conn
	deaths *atomic.Int64
	over   atomic.Bool
}

func (c *countsDeath) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.met(err)
}

func (c *countsDeath) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.met(err)
}

func (c *countsDeath) met(err error) error {
	if err != nil && !c.over.Swap(true) {
		c.deaths.Add(1)
	}
	return err
}

func (c *countsDeath) Close() error {
	c.over.Store(true)
	return c.Conn.Close()
}

// loseForEach loses one event for each that is counted while the connection lives.
func loseForEach(deaths *atomic.Int64) func(passing) filter {
	return func(passing) filter {
		mourned := deaths.Load()
		return filter{out: func(f frame) []frame {
			if !isEvent(f) || mourned == deaths.Load() {
				return []frame{f}
			}
			mourned++
			return nil
		}}
	}
}

// rememberNames calls whoever takes the name of another one, to whom the process
// was connected before, by another name.
func rememberNames(t lahja.Transport) lahja.Transport {
	var instances sync.Map // by name
	return filtered{t, func(passing) filter {
		return filter{in: func(f frame) []frame {
			m, err := wire.ParseHello(f.body)
			if f.kind != wire.Hello || err != nil || m.Name == "" {
				return []frame{f}
			}
			if first, known := instances.LoadOrStore(m.Name, m.Instance); known && first != m.Instance {
				m.Name += "2"
			}
			return []frame{frameOf(m.Append(nil))}
		}}
	}}
}
