package p2p_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// dialsWith is a transport whose attempts to dial end as a function says.
type dialsWith struct {
	p2p.Transport
	dial func(ctx context.Context, n int) error
	n    atomic.Int64
}

func (t *dialsWith) Dial(ctx context.Context, _ string) (net.Conn, error) {
	return nil, t.dial(ctx, int(t.n.Add(1)))
}

// fails connects to an address where nobody answers, and wants the reasons in the error,
// and to be told at once or after ListenWait.
func fails(t *testing.T, transport p2p.Transport, address string, atOnce bool, text string, reasons ...error) {
	t.Helper()
	n := newNetwork(t, transport)
	n.opts.ListenWait = 300 * time.Millisecond
	if atOnce {
		n.opts.ListenWait = 20 * time.Second
	}
	client := n.run("client")
	started := time.Now()
	err := client.ConnectToEndpoints(t.Context(), lahja.ConnectionConfig{Name: "server", Address: address})
	took := time.Since(started)
	for _, reason := range reasons {
		if !errors.Is(err, reason) {
			t.Errorf("got %v, want that it is %v", err, reason)
		}
	}
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %q in it", err, text)
	}
	if errors.Is(err, lahja.ErrNoListener) == atOnce {
		t.Errorf("got %v; want that no listener answered: %v", err, !atOnce)
	}
	if atOnce && took > 5*time.Second || !atOnce && took < n.opts.ListenWait {
		t.Errorf("it took %v of %v, want at once: %v", took, n.opts.ListenWait, atOnce)
	}
}

func TestErrorOfAConnectSaysWhyNobodyAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.ipc")
	noHost := &net.DNSError{Err: "no such host", Name: "nowhere", IsNotFound: true}
	for what, c := range map[string]struct {
		transport p2p.Transport
		address   string
		text      string
		reasons   []error
	}{
		"connection refused":  {tcp.Transport{}, nobodyListens(t), "connection refused", []error{syscall.ECONNREFUSED}},
		"missing socket file": {unix.Transport{}, path, path, []error{fs.ErrNotExist}},
		"memory":              {memory.New(), "nowhere", `nobody listens at "nowhere"`, []error{syscall.ECONNREFUSED}},
		"no such host": {&dialsWith{dial: func(context.Context, int) error { return noHost }}, "nowhere:1",
			"no such host", []error{noHost}},
		"attempts that are cut off": {&dialsWith{dial: func(ctx context.Context, n int) error {
			if n == 1 {
				return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
			}
			<-ctx.Done()
			return &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}
		}}, "nowhere:1", "no route to host", []error{syscall.EHOSTUNREACH, context.DeadlineExceeded}},
		"one attempt that is cut off": {&dialsWith{dial: func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ETIMEDOUT}
		}}, "nowhere:1", "the last attempt: dial tcp", []error{syscall.ETIMEDOUT}},
	} {
		t.Run(what, func(t *testing.T) { fails(t, c.transport, c.address, false, c.text, c.reasons...) })
	}
}

// nobodyListens is an address at which somebody has listened.
func nobodyListens(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}

func TestWhatWaitingDoesNotMendFailsAConnectAtOnce(t *testing.T) {
	for what, c := range map[string]struct {
		transport p2p.Transport
		address   string
		text      string
		reason    error
	}{
		"port out of range":    {tcp.Transport{}, "127.0.0.1:99999", "from 0 to 65535", lahja.ErrInvalid},
		"negative port":        {tcp.Transport{}, "127.0.0.1:-1", "from 0 to 65535", lahja.ErrInvalid},
		"port that is no name": {tcp.Transport{}, "127.0.0.1:no-such-service", "name of a service", lahja.ErrInvalid},
		"port 0":               {tcp.Transport{}, "127.0.0.1:0", "Endpoint.Addr", lahja.ErrInvalid},
		"no port":              {tcp.Transport{}, "127.0.0.1", "host:port", lahja.ErrInvalid},
		"abstract socket":      {unix.Transport{}, "@server", "@server", lahja.ErrInvalid},
		"no permission on the socket": {&dialsWith{dial: func(context.Context, int) error {
			return &net.OpError{Op: "dial", Net: "unix", Err: syscall.EACCES}
		}}, "/run/server.ipc", "permission denied", fs.ErrPermission},
	} {
		t.Run(what, func(t *testing.T) { fails(t, c.transport, c.address, true, c.text, c.reason) })
	}
}

// over is TLS with a certificate of that authority, with all names, and good until then.
func over(t *testing.T, authority tcptest.Authority, until time.Time) tcp.Transport {
	t.Helper()
	identity, err := authority.Sign(&x509.Certificate{DNSNames: []string{"server", "client"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		Subject: pkix.Name{CommonName: "all"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until})
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	return tcp.Transport{TLS: config}
}

func TestCertificateThatIsRefusedFailsAConnectAtOnce(t *testing.T) {
	authority, err := tcptest.NewAuthority()
	check(t, err)
	another, err := tcptest.NewAuthority()
	check(t, err)
	later := time.Now().Add(time.Hour)
	good, expired := over(t, authority, later), over(t, authority, time.Now().Add(-time.Minute))
	stranger := over(t, another, later)
	unknown := tcp.Transport{TLS: good.TLS.Clone()} // whom the listener does not know
	unknown.TLS.Certificates = stranger.TLS.Certificates
	without := tcp.Transport{TLS: good.TLS.Clone()}
	without.TLS.Certificates = nil
	elsewhere := tcp.Transport{TLS: good.TLS.Clone()}
	elsewhere.TLS.ServerName = "another.example"
	for what, c := range map[string]struct {
		server, client tcp.Transport
		text           string
	}{
		"the listener's has expired":           {expired, good, "expired"},
		"another authority signed the other's": {stranger, good, "unknown authority"},
		"it is for another host":               {good, elsewhere, "another.example"},
		"the dialler's has expired":            {good, expired, "expired certificate"},
		"the dialler's is not known":           {good, unknown, "remote error: tls: unknown certificate authority"},
		"the dialler has none":                 {good, without, "certificate required"},
	} {
		t.Run(what, func(t *testing.T) {
			for range 10 { // The reason is not lost in a race, either.
				n := newNetwork(t, c.server)
				n.addresses = map[string]string{"server": "127.0.0.1:0"}
				server := n.serve("server")
				fails(t, c.client, server.Addr().String(), true, c.text, fs.ErrPermission)
			}
		})
	}
}

// hungUp is a transport whose connections the other side has ended, with a word that is still
// to be read.
type hungUp struct{ p2p.Transport }

func (hungUp) Dial(context.Context, string) (net.Conn, error) {
	here, there := net.Pipe()
	return lastWord{here}, there.Close()
}

type lastWord struct{ net.Conn }

func (lastWord) Read([]byte) (int, error)  { return 0, errTold }
func (lastWord) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestLastWordOfAListenerThatHangsUpIsRead(t *testing.T) {
	fails(t, hungUp{}, "server", false, errTold.Error(), errTold)
}

func TestUserThatIsRefusedIsToldWhy(t *testing.T) {
	n := newNetwork(t, unix.Transport{CheckPeer: func(int, int, int) error { return errors.New("users of even number alone") }})
	refused := make(chan error, 1)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.Refused {
			refused <- o.Err
		}
	}
	n.serve("server")
	// Its own listener it does not check.
	fails(t, unix.Transport{}, n.config("server").Address, true, "users of even number alone", fs.ErrPermission, lahja.ErrConnectionAttemptRejected)
	if text := is(t, <-refused, lahja.ErrConnectionAttemptRejected); !strings.Contains(text, "users of even number alone") {
		t.Errorf("the listener observed %q, want the reason", text)
	}
}

func TestListenerOfAnotherUserFailsAConnectAtOnce(t *testing.T) {
	n := newNetwork(t, unix.Transport{})
	n.serve("server")
	picky := unix.Transport{CheckPeer: func(int, int, int) error { return errors.New("not this one") }}
	fails(t, picky, n.config("server").Address, true, "not this one", fs.ErrPermission)
}
