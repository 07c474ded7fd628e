package tcp_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

const loopback = "127.0.0.1:0"

func secure(t *testing.T) tcp.Transport {
	t.Helper()
	identity, err := tcptest.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	config, err := identity.Config()
	if err != nil {
		t.Fatal(err)
	}
	return tcp.Transport{TLS: config}
}

// pipe is a connection over tr: both ends, and what closes them and the listener.
func pipe(ctx context.Context, tr tcp.Transport) (a, b net.Conn, stop func(), err error) {
	l, err := tr.Listen(ctx, loopback)
	if err != nil {
		return nil, nil, nil, err
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			close(accepted)
			return
		}
		accepted <- conn
	}()
	a, err = tr.Dial(ctx, l.Addr().String())
	if err != nil {
		l.Close()
		return nil, nil, nil, err
	}
	b = <-accepted
	return a, b, func() {
		a.Close()
		b.Close()
		l.Close()
	}, nil
}

func TestConn(t *testing.T) {
	for name, tr := range map[string]tcp.Transport{"plain": {}, "tls": secure(t)} {
		t.Run(name, func(t *testing.T) {
			if name == "tls" {
				// The kit reads and writes with deadlines in the past, after which
				// a TLS connection cannot write any more, as its documentation says.
				testExchange(t, tr)
				return
			}
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) { return pipe(t.Context(), tr) })
		})
	}
}

func testExchange(t *testing.T, tr tcp.Transport) {
	a, b, stop, err := pipe(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	sent := make([]byte, 1<<20)
	for i := range sent {
		sent[i] = byte(i * 7)
	}
	go func() {
		// A failure shows as a short read.
		_, _ = a.Write(sent)
		_ = a.Close()
	}()
	got, err := io.ReadAll(b)
	if err != nil || string(got) != string(sent) {
		t.Errorf("got %d bytes and %v, want the %d that were sent", len(got), err, len(sent))
	}
}

func TestStrangersAreRefused(t *testing.T) {
	ours, theirs := secure(t), secure(t)
	without := tcp.Transport{TLS: ours.TLS.Clone()}
	without.TLS.Certificates = nil
	for name, dialler := range map[string]tcp.Transport{"another authority": theirs, "no certificate": without, "plain": {}} {
		t.Run(name, func(t *testing.T) {
			l, err := ours.Listen(t.Context(), loopback)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			read := make(chan error, 1)
			go func() {
				conn, err := l.Accept()
				if err == nil {
					defer conn.Close()
					_, err = conn.Read(make([]byte, 1))
				}
				read <- err
			}()
			conn, err := dialler.Dial(t.Context(), l.Addr().String())
			if err == nil {
				// With TLS 1.3 the dialler learns of it at its first read.
				if _, err = conn.Write([]byte("hello")); err == nil {
					_, err = conn.Read(make([]byte, 1))
				}
				conn.Close()
			}
			if err == nil {
				t.Error("a stranger was let in")
			}
			if err := <-read; err == nil {
				t.Error("the listener read what a stranger wrote")
			}
			if name == "another authority" && !errors.Is(err, fs.ErrPermission) {
				t.Errorf("got %v, want fs.ErrPermission, which is not tried again", err)
			}
		})
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for _, address := range []string{"", "localhost", "/a/path", "1:2:3", "localhost:65536", "localhost:99999", "localhost:-1", "localhost:no-such-service"} {
		if _, err := (tcp.Transport{}).Listen(t.Context(), address); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("listen at %q: got %v, want fs.ErrInvalid", address, err)
		}
		if _, err := (tcp.Transport{}).Dial(t.Context(), address); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("dial %q: got %v, want fs.ErrInvalid", address, err)
		}
	}
}

func TestBound(t *testing.T) {
	if got := (tcp.Transport{}).Bound(); got != 4*time.Second {
		t.Errorf("got %v, want 4s by default", got)
	}
	k := net.KeepAliveConfig{Idle: 2 * time.Second, Interval: 3 * time.Second, Count: 4}
	if got := (tcp.Transport{KeepAlive: k}).Bound(); got != 14*time.Second {
		t.Errorf("got %v, want 14s", got)
	}
}
