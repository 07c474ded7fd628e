package natsbus

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// attached is a socket among a client's options.
func attached(t *testing.T, o nats.Options) (*socket, nats.Options) {
	t.Helper()
	s := &socket{}
	if err := s.attach(&o); err != nil {
		t.Fatal(err)
	}
	return s, o
}

func TestAddressesOfANameShareOneTimeout(t *testing.T) {
	const timeout = time.Hour
	var dialled []string
	refuse := func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		dialled = append(dialled, address)
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > timeout/5 {
			t.Errorf("%s has until %v, want a fifth of %v", address, deadline, timeout)
		}
		return errors.New("nobody is there")
	}
	s, o := attached(t, nats.Options{NoRandomize: true, Dialer: &net.Dialer{Timeout: timeout, ControlContext: refuse}})
	found := []string{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"}
	s.inner.(*spread).lookUp = func(host string) ([]string, error) {
		if host != "broker" {
			t.Errorf("got host %q", host)
		}
		return found, nil
	}
	if !o.SkipHostLookup {
		t.Error("the client looks the name up itself, and gives each address the whole timeout")
	}
	if _, err := s.Dial("tcp", "broker:4222"); err == nil {
		t.Error("no error, though all refuse")
	}
	want := []string{"127.0.0.2:4222", "127.0.0.3:4222", "127.0.0.4:4222", "127.0.0.5:4222", "127.0.0.6:4222"}
	if !slices.Equal(dialled, want) {
		t.Errorf("got %q, want %q", dialled, want)
	}
}

func TestDialerIsMadeAsTheClientMakesIt(t *testing.T) {
	yes := true
	s, _ := attached(t, nats.Options{Timeout: time.Minute, AllowMultipathTCP: &yes})
	if d := s.inner.(*spread); d.dialer.Timeout != time.Minute || !d.dialer.MultipathTCP() || d.lookUp == nil || d.inOrder {
		t.Errorf("got %+v", d)
	}
	given := &net.Dialer{Timeout: time.Second}
	s, _ = attached(t, nats.Options{Timeout: time.Minute, Dialer: given, AllowMultipathTCP: &yes, SkipHostLookup: true})
	if d := s.inner.(*spread); d.dialer.Timeout != time.Second || !d.dialer.MultipathTCP() || d.lookUp != nil {
		t.Errorf("got %+v", d)
	}
	if given.MultipathTCP() {
		t.Error("the dialler that was given is another one now")
	}
}

// inProcess is a server in this process that takes nothing.
type inProcess struct{ server net.Conn }

func (p *inProcess) InProcessConn() (client net.Conn, err error) {
	client, p.server = net.Pipe()
	return client, nil
}

func TestConnectionWithinTheProcessCanBeInterrupted(t *testing.T) {
	s, o := attached(t, nats.Options{InProcessServer: &inProcess{}})
	conn, err := o.InProcessServer.InProcessConn()
	if err != nil {
		t.Fatal(err)
	}
	stuck := make(chan error)
	go func() {
		_, err := conn.Write([]byte("PING"))
		stuck <- err
	}()
	s.interrupt()
	select {
	case err := <-stuck:
		if err == nil {
			t.Error("nobody read what was written, and there is no error")
		}
	case <-time.After(10 * time.Second):
		t.Error("it is still stuck")
	}
}
