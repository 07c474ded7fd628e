package p2p_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// certificate has names besides that of the host on which endpoints of tests listen.
type certificate struct {
	dns, emails []string
	uris        []*url.URL
	common      string
}

func (c certificate) issue(t *testing.T, authority tcptest.Authority) *tls.Config {
	t.Helper()
	identity, err := authority.Sign(&x509.Certificate{DNSNames: append(c.dns, "localhost"), EmailAddresses: c.emails, URIs: c.uris,
		Subject: pkix.Name{CommonName: c.common}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)})
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	config.ServerName = "localhost"
	return config
}

func TestNameMustBeInTheCertificate(t *testing.T) {
	authority, err := tcptest.NewAuthority()
	check(t, err)
	right := certificate{dns: []string{"server"}}
	for what, c := range map[string]struct {
		server, client certificate
		any            bool // AnyName on both sides
		refused        string
	}{
		"DNS name":              {right, certificate{dns: []string{"other", "client"}}, false, ""},
		"email address":         {certificate{common: "server"}, certificate{emails: []string{"client@example.org"}}, false, `may not be named "client"`},
		"email address that is": {right, certificate{emails: []string{"client"}}, false, ""},
		"URI":                   {right, certificate{uris: []*url.URL{{Path: "client"}}}, false, ""},
		"common name":           {certificate{common: "server"}, certificate{common: "client"}, false, ""},
		"a wildcard":            {right, certificate{dns: []string{"*"}}, false, `is for "*", "localhost", and not for "client"`},
		"capitals":              {right, certificate{common: "Client"}, false, "AnyName"},
		"the client's own":      {right, certificate{common: "mallory"}, false, `it may not be named "client": its certificate is for "localhost", "mallory"`},
		"the server's own":      {certificate{common: "mallory"}, certificate{common: "client"}, false, `may not be named "server": its certificate is for "localhost", "mallory"`},
		"any name on purpose":   {certificate{common: "mallory"}, certificate{common: "mallory"}, true, ""},
		"too many to be shown":  {right, certificate{dns: strings.Split(strings.Repeat("x ", 100)+"x", " ")}, false, "and 94 more"},
	} {
		t.Run(what, func(t *testing.T) {
			n := newNetwork(t, tcp.Transport{TLS: c.server.issue(t, authority), AnyName: c.any})
			n.addresses = map[string]string{"server": "127.0.0.1:0"}
			server := n.serve("server")
			n.addresses["server"] = server.Addr().String()
			n.opts.Transport = tcp.Transport{TLS: c.client.issue(t, authority), AnyName: c.any}
			client := n.run("client")
			started := time.Now()
			err := client.ConnectToEndpoints(limited(t), n.config("server"))
			if c.refused == "" {
				check(t, err)
				return
			}
			if text := is(t, err, lahja.ErrConnectionAttemptRejected); !strings.Contains(text, c.refused) {
				t.Errorf("got %q, want %q in it", text, c.refused)
			}
			if took := time.Since(started); took > time.Second {
				t.Errorf("it took %v, want that it fails at once", took)
			}
			if lahja.IsConnectedTo(server, "client") {
				t.Error("an endpoint that may not have the name is listed under it")
			}
		})
	}
}

// TLS that asks the dialler for no certificate says nothing about names.
func TestNamesAreNotCheckedWhereOnlyTheListenerShowsACertificate(t *testing.T) {
	authority, err := tcptest.NewAuthority()
	check(t, err)
	config := certificate{common: "any"}.issue(t, authority)
	config.ClientAuth = tls.NoClientCert
	n := newNetwork(t, tcp.Transport{TLS: config})
	n.addresses = map[string]string{"server": "127.0.0.1:0"}
	n.addresses["server"] = n.serve("server").Addr().String()
	n.connect(n.run("client"), "server")
}

// busyListener is over TLS, and takes its time before it shakes hands.
type busyListener struct {
	net.Listener
	wait time.Duration
}

func (l busyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &busyConn{Conn: conn, wait: time.After(l.wait)}, nil
}

type busyConn struct {
	net.Conn
	wait <-chan time.Time
	once sync.Once
}

func (c *busyConn) Read(b []byte) (int, error) {
	c.once.Do(func() { <-c.wait })
	return c.Conn.Read(b)
}

type listenerIsBusy struct {
	tcp.Transport
	wait time.Duration
}

func (t listenerIsBusy) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	return busyListener{l, t.wait}, err
}

// A process that is there and busy has ReadyWait, over TLS as over TCP.
func TestListenerThatIsBusyBeforeTheHandshakeIsWaitedFor(t *testing.T) {
	authority, err := tcptest.NewAuthority()
	check(t, err)
	const listen = 100 * time.Millisecond
	transport := listenerIsBusy{over(t, authority, time.Now().Add(time.Hour)), 5 * listen}
	n := newNetwork(t, transport)
	n.opts.ListenWait = listen
	n.addresses = map[string]string{"server": "127.0.0.1:0"}
	server := n.serve("server")
	client := n.run("client")
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "server", Address: server.Addr().String()}))
}
