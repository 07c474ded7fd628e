package agents

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/internal/childmark"
)

// signed is an order with the key of who gives it.
type signed struct {
	// Order is a startOrder as JSON: what is signed is bytes.
	Order []byte `json:"order"`
	// Key is the public key, an nkey, and Signature is of Order; both are empty of an order that
	// nobody has signed.
	Key       string `json:"key,omitempty"`
	Signature []byte `json:"signature,omitempty"`
}

// sign signs an order, where there is a key to do so.
func sign(o startOrder, key nkeys.KeyPair) (*signed, error) {
	s := &signed{Order: encoded(o)}
	if key == nil {
		return s, nil
	}
	var err error
	if s.Key, err = key.PublicKey(); err != nil {
		return nil, fmt.Errorf("agents: sign an order: %w", err)
	}
	if s.Signature, err = key.Sign(s.Order); err != nil {
		return nil, fmt.Errorf("agents: sign an order: %w", err)
	}
	return s, nil
}

// Trust says which orders an agent carries out. The zero value trusts nobody.
type Trust struct {
	// Keys are public keys, nkeys, of those who may have any program started.
	Keys []string
	// Programs are the SHA-256 hashes, in hexadecimal, of programs that anybody may have started
	// who reaches the agent over NATS.
	Programs []string
	// Anybody lets everybody who reaches the agent over NATS have any program started. It is for
	// closed networks.
	Anybody bool
}

// maxValidity bounds how long an order may count, and so how long it must be remembered.
const maxValidity = 2 * time.Minute

// settable are the variables that an order may set. Others, such as LD_PRELOAD, can make another
// program of one that is trusted.
var settable = []string{childmark.Env, "GORACE"}

// guard decides about orders, and remembers those that were carried out.
type guard struct {
	trust Trust
	agent string
	key   string // the agent's public one

	mu   sync.Mutex
	seen map[[sha256.Size]byte]time.Time // until when the order counts
}

// open returns what a signed order says, if it is to be carried out.
func (g *guard) open(s *signed, now time.Time) (startOrder, error) {
	var o startOrder
	if s == nil || json.Unmarshal(s.Order, &o) != nil {
		return o, errors.New("the order cannot be read")
	}
	if err := g.trusts(s, o); err != nil {
		return o, err
	}
	for _, variable := range o.Env {
		if name, _, _ := strings.Cut(variable, "="); !slices.Contains(settable, name) {
			return o, fmt.Errorf("the order sets the variable %s, which no driver's process needs", name)
		}
	}
	switch {
	case o.Agent != g.agent:
		return o, fmt.Errorf("the order is for agent %s, and this is %s", o.Agent, g.agent)
	case o.AgentKey != g.key:
		return o, fmt.Errorf("the order is sealed for another key than that of agent %s: the agent was restarted, "+
			"or somebody else has said that the key is the agent's", g.agent)
	case now.After(o.Expires):
		return o, fmt.Errorf("the order has expired %v ago, by the agent's clock", now.Sub(o.Expires).Round(time.Millisecond))
	case o.Expires.After(now.Add(maxValidity)):
		return o, fmt.Errorf("the order counts until %v from now, by the agent's clock, and no longer than %v is taken",
			o.Expires.Sub(now).Round(time.Second), maxValidity)
	}
	return o, nil
}

func (g *guard) trusts(s *signed, o startOrder) error {
	if s.Key != "" {
		public, err := nkeys.FromPublicKey(s.Key)
		if err == nil {
			err = public.Verify(s.Order, s.Signature)
		}
		if err != nil {
			return fmt.Errorf("the order's signature is wrong: %w", err)
		}
	}
	switch {
	case g.trust.Anybody, s.Key != "" && slices.Contains(g.trust.Keys, s.Key), slices.Contains(g.trust.Programs, o.Program):
		return nil
	case s.Key == "":
		return errors.New("the order is not signed; sign it with a key that the agent trusts, " +
			"or start the agent with the hash of the program, or with --trust-anybody in a closed network")
	}
	return fmt.Errorf("the agent does not trust key %s; start it with --trust %s", s.Key, s.Key)
}

// once fails for an order that was carried out before: somebody has recorded and repeats it.
func (g *guard) once(s *signed, o startOrder, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for hash, until := range g.seen {
		if now.After(until) {
			delete(g.seen, hash)
		}
	}
	hash := sha256.Sum256(s.Order)
	if _, ok := g.seen[hash]; ok {
		return errors.New("the order was carried out before")
	}
	if g.seen == nil {
		g.seen = map[[sha256.Size]byte]time.Time{}
	}
	g.seen[hash] = o.Expires
	return nil
}

func hexHash(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
