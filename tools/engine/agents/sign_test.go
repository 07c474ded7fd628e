package agents

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

func newKey(t *testing.T) (nkeys.KeyPair, string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

func TestOrdersThatNobodyTrustedSignedAreRefused(t *testing.T) {
	now := time.Now()
	key, public := newKey(t)
	other, otherPublic := newKey(t)
	good := startOrder{Agent: "a", Program: "p", Process: "1", Expires: now.Add(time.Minute)}
	with := func(change func(*startOrder)) startOrder {
		o := good
		change(&o)
		return o
	}
	for name, c := range map[string]struct {
		order startOrder
		key   nkeys.KeyPair
		trust Trust
		spoil func(*signed)
		want  string // empty: it is carried out
	}{
		"signed":               {order: good, key: key, trust: Trust{Keys: []string{public}}},
		"a known program":      {order: good, trust: Trust{Programs: []string{"p"}}},
		"anybody":              {order: good, trust: Trust{Anybody: true}},
		"unsigned":             {order: good, trust: Trust{Keys: []string{public}}, want: "is not signed"},
		"nobody is trusted":    {order: good, key: key, want: "does not trust key"},
		"another key":          {order: good, key: other, trust: Trust{Keys: []string{public}}, want: "does not trust key " + otherPublic},
		"a key that is not it": {order: good, key: other, trust: Trust{Keys: []string{public}}, spoil: func(s *signed) { s.Key = public }, want: "signature is wrong"},
		"another program":      {order: good, key: key, trust: Trust{Keys: []string{public}}, spoil: func(s *signed) { s.Order = []byte(strings.Replace(string(s.Order), `"p"`, `"q"`, 1)) }, want: "signature is wrong"},
		"a wrong signature, where anybody is trusted": {order: good, key: other, trust: Trust{Anybody: true}, spoil: func(s *signed) { s.Key = public }, want: "signature is wrong"},
		"expired":             {order: with(func(o *startOrder) { o.Expires = now.Add(-time.Second) }), key: key, trust: Trust{Keys: []string{public}}, want: "expired"},
		"for ever":            {order: with(func(o *startOrder) { o.Expires = now.Add(time.Hour) }), key: key, trust: Trust{Keys: []string{public}}, want: "no longer than"},
		"for another agent":   {order: with(func(o *startOrder) { o.Agent = "b" }), key: key, trust: Trust{Keys: []string{public}}, want: "is for agent b"},
		"for another key":     {order: with(func(o *startOrder) { o.AgentKey = "X" }), key: key, trust: Trust{Keys: []string{public}}, want: "sealed for another key"},
		"with another secret": {order: with(func(o *startOrder) { o.Secret = []byte("mine") }), key: key, trust: Trust{Keys: []string{public}}, spoil: func(s *signed) { s.Order = []byte(strings.Replace(string(s.Order), `"bWluZQ=="`, `"dGhlaXJz"`, 1)) }, want: "signature is wrong"},
		"another environment": {order: with(func(o *startOrder) { o.Env = []string{"LD_PRELOAD=evil.so"} }), key: key, trust: Trust{Keys: []string{public}}, want: "sets the variable LD_PRELOAD"},
		"garbage":             {order: good, key: key, trust: Trust{Anybody: true}, spoil: func(s *signed) { s.Order = []byte("{") }, want: "cannot be read"},
	} {
		g := guard{trust: c.trust, agent: "a"}
		s, err := sign(c.order, c.key)
		if err != nil {
			t.Fatal(err)
		}
		if c.spoil != nil {
			c.spoil(s)
		}
		_, err = g.open(s, now)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestAnOrderIsCarriedOutOnce(t *testing.T) {
	now := time.Now()
	g := guard{trust: Trust{Anybody: true}, agent: "a"}
	o := startOrder{Agent: "a", Process: "1", Expires: now.Add(time.Minute)}
	s, err := sign(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.once(s, o, now); err != nil {
		t.Fatal(err)
	}
	if err := g.once(s, o, now); err == nil {
		t.Error("a repeated order was carried out")
	}
	if err := g.once(s, o, now.Add(2*time.Minute)); err != nil || len(g.seen) != 1 {
		t.Errorf("when it has expired it is forgotten (open refuses it): %v, %d remembered", err, len(g.seen))
	}
}
