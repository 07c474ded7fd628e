package saboteurs

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// losingAtDeaths is b that loses an event on each of a process's connections when the other side
// of another one goes.
func losingAtDeaths(b *transports.Backend) *transports.Backend {
	return over(b, func(t p2p.Transport) p2p.Transport {
		deaths := new(atomic.Int64)
		counted := changed{t, func(conn net.Conn) net.Conn { return &countsDeath{Conn: conn, deaths: deaths} }}
		return filtered{counted, loseForEach(deaths)}
	})
}

// countsDeath counts a connection that the other side ends once, whether a read or a write
// notices it first.
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

// loseForEach loses one event for each death that is counted while the connection lives.
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

// rememberNames gives an endpoint another name if the process was connected to a different one
// of that name before.
func rememberNames(t p2p.Transport) p2p.Transport {
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
