package natsbus_test

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

const secret = "correct-horse"

// access is a server that demands something, what opens it, and what does not.
type access struct {
	server    *server.Options
	scheme    string // empty means nats
	good, bad credentials
	says      string // in the error for the bad ones; empty means that they are not accepted
}

// credentials are what stands before the address in the URL, and options.
type credentials struct {
	user string
	nats []nats.Option
}

func TestCredentials(t *testing.T) {
	for name, make := range map[string]func(t *testing.T) access{
		"user and password in the URL": func(*testing.T) access {
			return access{server: &server.Options{Username: "lahja", Password: secret},
				good: credentials{user: "lahja:" + secret + "@"}, bad: credentials{user: "lahja:" + secret + "-not@"}}
		},
		"user and password": func(*testing.T) access {
			return access{server: &server.Options{Username: "lahja", Password: secret},
				good: credentials{nats: []nats.Option{nats.UserInfo("lahja", secret)}},
				bad:  credentials{nats: []nats.Option{nats.UserInfo("lahja", secret+"-not")}}}
		},
		"token in the URL": func(*testing.T) access {
			return access{server: &server.Options{Authorization: secret},
				good: credentials{user: secret + "@"}, bad: credentials{user: secret + "-not@"}}
		},
		"token": func(*testing.T) access {
			return access{server: &server.Options{Authorization: secret},
				good: credentials{nats: []nats.Option{nats.Token(secret)}}}
		},
		"nkey":                    nkeyAccess,
		"creds file":              fileAccess,
		"TLS with a certificate":  tlsAccess,
		"TLS with another server": otherTLS,
	} {
		t.Run(name, func(t *testing.T) { testAccess(t, make(t)) })
	}
}

func testAccess(t *testing.T, a access) {
	s := start(t, a.server)
	address := s.URL()[strings.Index(s.URL(), "://")+3:]
	with := func(c credentials) *natsbus.Options {
		o := options(s)
		scheme := "nats://"
		if a.scheme != "" {
			scheme = a.scheme + "://"
		}
		o.URL, o.NATS = scheme+c.user+address, c.nats
		return o
	}
	hub := serve(t, "hub", with(a.good))
	_, err := lahja.Subscribe(hub, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N})
	})
	check(t, err)
	client := run(t, "client", with(a.good), "hub")
	if e, err := lahja.Request(limited(t), client, Ping{N: 1}); err != nil || e.Data.N != 1 {
		t.Errorf("got %v, %v; want 1", e, err)
	}

	_, err = natsbus.RunEndpoint(limited(t), "stranger", with(a.bad))
	if err == nil {
		t.Fatal("a stranger was let in")
	}
	says := a.says
	if says == "" {
		says = "does not accept the credentials"
	}
	for _, want := range []string{address, says} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("got %q, want it to keep the secret", err)
	}
}

// nkeyAccess is a server that knows the public half of a key.
func nkeyAccess(t *testing.T) access {
	pair := func() (public string, o nats.Option) {
		key, err := nkeys.CreateUser()
		check(t, err)
		public, err = key.PublicKey()
		check(t, err)
		return public, nats.Nkey(public, key.Sign)
	}
	public, good := pair()
	_, bad := pair()
	return access{server: &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}},
		good: credentials{nats: []nats.Option{good}}, bad: credentials{nats: []nats.Option{bad}}}
}

// fileAccess is a server that trusts an operator, and files that say who was let in
// by an account of theirs.
func fileAccess(t *testing.T) access {
	operator, err := nkeys.CreateOperator()
	check(t, err)
	trusted, err := operator.PublicKey()
	check(t, err)
	account, err := nkeys.CreateAccount()
	check(t, err)
	name, err := account.PublicKey()
	check(t, err)
	signed, err := jwt.NewAccountClaims(name).Encode(operator)
	check(t, err)
	resolver := &server.MemAccResolver{}
	check(t, resolver.Store(name, signed))
	other, err := nkeys.CreateAccount()
	check(t, err)
	return access{server: &server.Options{TrustedKeys: []string{trusted}, AccountResolver: resolver},
		good: credentials{nats: []nats.Option{nats.UserCredentials(credsFile(t, account))}},
		bad:  credentials{nats: []nats.Option{nats.UserCredentials(credsFile(t, other))}}}
}

func credsFile(t *testing.T, account nkeys.KeyPair) string {
	user, err := nkeys.CreateUser()
	check(t, err)
	public, err := user.PublicKey()
	check(t, err)
	token, err := jwt.NewUserClaims(public).Encode(account)
	check(t, err)
	seed, err := user.Seed()
	check(t, err)
	text, err := jwt.FormatUserConfig(token, seed)
	check(t, err)
	path := filepath.Join(t.TempDir(), "user.creds")
	check(t, os.WriteFile(path, text, 0o600))
	return path
}

func tlsConfig(t *testing.T) *tls.Config {
	identity, err := tcptest.NewIdentity()
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	return config
}

// tlsAccess is a server that wants a certificate.
func tlsAccess(t *testing.T) access {
	ours := tlsConfig(t)
	without := ours.Clone()
	without.Certificates = nil
	return access{scheme: "tls", server: &server.Options{TLSConfig: ours, TLSVerify: true, TLSTimeout: patience.Seconds()},
		good: credentials{nats: []nats.Option{nats.Secure(ours)}}, bad: credentials{nats: []nats.Option{nats.Secure(without)}},
		says: "no TLS with the NATS server"}
}

// otherTLS is a server that is not the one that was meant.
func otherTLS(t *testing.T) access {
	a := tlsAccess(t)
	a.bad = credentials{nats: []nats.Option{nats.Secure(tlsConfig(t))}}
	return a
}

func TestURLThatIsNoneKeepsItsSecret(t *testing.T) {
	for _, url := range []string{"nats://lahja:" + secret + "%zz@localhost:1", "nats://lahja:" + secret + "@local host:1",
		"nats://lahja:" + secret + "/x@127.0.0.1:1", "nats://lahja:12/" + secret + "@127.0.0.1:1", "nats://lahja:12," + secret + "@127.0.0.1:1",
		"nats://lahja:" + secret + ",x@127.0.0.1:1", "lahja:" + secret + "?x@127.0.0.1:1"} {
		_, err := natsbus.RunEndpoint(limited(t), "client", &natsbus.Options{URL: url})
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v, want an error that keeps the secret", err)
		}
	}
}
