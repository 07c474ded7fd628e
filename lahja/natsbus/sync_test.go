package natsbus_test

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/natsbus"
)

// loser is a dialler whose connections lose one kind of message with the connection, as a
// server that ends does.
type loser struct {
	kind byte
	once sync.Once
	lost chan struct{}
}

func (l *loser) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	return losing{conn, l}, err
}

type losing struct {
	net.Conn
	loser *loser
}

func (c losing) Write(p []byte) (int, error) {
	lose := false
	if bytes.Contains(p, []byte{'L', 'J', 1, c.loser.kind}) {
		c.loser.once.Do(func() { lose = true })
	}
	if !lose {
		return c.Conn.Write(p)
	}
	close(c.loser.lost)
	c.Close()
	return len(p), nil
}

// A sync that asks only once waits for ever.
func TestSyncAsksAgainIfItsQuestionOrAnswerIsLost(t *testing.T) {
	const sync, synced = 8, 9
	for kind, loses := range map[byte]string{sync: "client", synced: "hub"} {
		t.Run(loses, func(t *testing.T) {
			s, lossy := start(t, nil), &loser{kind: kind, lost: make(chan struct{})}
			of := func(name string) *natsbus.Options {
				o := options(s)
				if name == loses {
					o.NATS = []nats.Option{nats.SetCustomDialer(lossy)}
				}
				return o
			}
			serve(t, "hub", of("hub"))
			o := of("client")
			o.Heartbeat, o.Liveness = 500*time.Millisecond, 2*time.Second
			check(t, run(t, "client", o, "hub").Sync(limited(t), "hub"))
			select {
			case <-lossy.lost:
			default:
				t.Error("nothing was lost")
			}
		})
	}
}
