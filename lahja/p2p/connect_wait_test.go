package p2p_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// listen has serve act as the server for each connection, until it returns.
func (n *network) listen(serve func(*raw)) net.Listener {
	n.t.Helper()
	l, err := n.opts.Transport.Listen(n.t.Context(), n.config("server").Address)
	check(n.t, err)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(&raw{t: n.t, conn: conn, in: wire.NewReader(conn)})
			}()
		}
	}()
	return l
}

// silence reads until the other side closes.
func silence(r *raw) {
	for err := error(nil); err == nil; {
		_, _, err = r.in.Next(1 << 20)
	}
}

func onlyHello(r *raw) {
	r.send(helloOf("server", 5).Append(nil))
	silence(r)
}

// almost does everything but get ready.
func almost(r *raw) {
	r.send(helloOf("server", 5).Append(nil))
	r.send(wire.SubscriptionsMsg{Number: 1}.Append(nil))
	for {
		kind, body, err := r.in.Next(1 << 20)
		if err != nil {
			return
		}
		if kind == wire.Subscriptions {
			m, _ := wire.ParseSubscriptions(body)
			r.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
		}
	}
}

func TestEachConnectHasItsOwnTimeAndReason(t *testing.T) {
	for name, serve := range map[string]func(*raw){"only hello": onlyHello, "all but ready": almost} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				l := n.listen(serve)
				client := n.run("client")
				for i := range 50 {
					wait := time.Duration(i+1) * time.Millisecond
					ctx, cancel := context.WithTimeout(t.Context(), wait)
					started := time.Now()
					is(t, client.ConnectToEndpoints(ctx, n.config("server")), context.DeadlineExceeded)
					cancel()
					if took := time.Since(started); took != wait {
						t.Errorf("attempt %d ended after %v, want %v", i, took, wait)
					}
				}
				synctest.Wait()
				if peers := client.Peers().Peers; len(peers) != 1 {
					t.Errorf("it lists %v, want itself alone", peers)
				}
				check(t, l.Close())
			})
		})
	}
}

func TestConnectWaitsAsLongAsItsLimitsSay(t *testing.T) {
	const listen, ready = lahja.DefaultListenWait, lahja.DefaultReadyWait
	closing := func(r *raw) {
		r.send(wire.RefuseMsg{Code: wire.RefuseClosing, Reason: "closing"}.Append(nil))
	}
	for name, test := range map[string]struct {
		serve func(*raw)
		close time.Duration // when the listener goes; 0 is never
		took  time.Duration
		limit string
	}{
		"silent":                      {silence, 0, ready, "ReadyWait"},
		"answers and is never ready":  {onlyHello, 0, ready, "ReadyWait"},
		"hangs up":                    {func(*raw) {}, 0, listen, "ListenWait"},
		"closes, and none comes back": {closing, time.Nanosecond, listen, "ListenWait"},
		"closes for ever":             {closing, 0, ready, "ReadyWait"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				client := n.run("client")
				started := time.Now()
				l := n.listen(test.serve)
				if test.close > 0 {
					time.AfterFunc(test.close, func() { l.Close() })
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				text := is(t, client.ConnectToEndpoints(ctx, n.config("server")), context.DeadlineExceeded)
				if took := time.Since(started); took < test.took || took > test.took+time.Millisecond || !strings.Contains(text, test.limit) {
					t.Errorf("got %q after %v, want %s after %v", text, took, test.limit, test.took)
				}
				l.Close()
			})
		})
	}
}

func TestConnectWaitsForTheSuccessorOfASilentListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		client := n.run("client")
		end := make(chan struct{})
		l := n.listen(func(r *raw) {
			<-end
		})
		time.AfterFunc(3*lahja.DefaultListenWait, func() {
			l.Close()
			close(end)
			n.serve("server")
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		check(t, client.ConnectToEndpoints(ctx, n.config("server")))
	})
}
