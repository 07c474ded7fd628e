package faultproxy

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// joined returns both ends of a connection through a proxy.
func joined(t *testing.T, network string) (p *Proxies, client, server net.Conn) {
	t.Helper()
	dir := t.TempDir()
	where := "127.0.0.1:0"
	if network == "unix" {
		where = filepath.Join(dir, "server")
	}
	l, err := net.Listen(network, where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p = New(network, dir, time.Hour)
	t.Cleanup(p.Close)
	address, err := p.Via("client", "server", func(context.Context) (string, error) { return l.Addr().String(), nil })
	if err != nil {
		t.Fatal(err)
	}
	if client, err = net.Dial(network, address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return p, client, server
}

// TestBytesPassUnchanged sends random bytes in both directions at once, and the ends after them.
func TestBytesPassUnchanged(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			p, client, server := joined(t, network)
			p.Begin(engine.Fault{Kind: engine.FaultDelay, From: "client", To: "server", Delay: 20 * time.Millisecond})
			data := make([]byte, 1<<20)
			source := rand.NewChaCha8([32]byte{1})
			_, _ = source.Read(data) // It does not fail.
			got := make(chan []byte, 2)
			for _, c := range []net.Conn{client, server} {
				go func() {
					_, _ = c.Write(data) // What is missing shows at the other end.
					_ = c.(interface{ CloseWrite() error }).CloseWrite()
				}()
				go func() {
					all, _ := io.ReadAll(c)
					got <- all
				}()
			}
			for range 2 {
				if all := <-got; !bytes.Equal(all, data) {
					t.Errorf("%d bytes arrived, of %d, or others", len(all), len(data))
				}
			}
			if left := p.Vacuous(); len(left) > 0 {
				t.Errorf("nothing was delayed: %v", left)
			}
		})
	}
}

// TestAResetIsPassedOn pins that the end of a process with unread data looks as without a proxy.
func TestAResetIsPassedOn(t *testing.T) {
	_, client, server := joined(t, "tcp")
	reset(client)
	if _, err := server.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("got %v, want a reset", err)
	}
}

// TestHalfOpenIsNoticedByOneSide pins that the other one notices when it writes.
func TestHalfOpenIsNoticedByOneSide(t *testing.T) {
	p, client, server := joined(t, "tcp")
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := p.Inject(engine.Fault{Kind: engine.FaultDisconnect, From: "client", To: "server", OneWay: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err == nil {
		t.Error("the client noticed nothing")
	}
	if err := server.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("the server read %v before it wrote, want nothing", err)
	}
	if err := server.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write([]byte("y")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the server read %v after it wrote, want the end", err)
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
