package agents_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// printed is what a driver of tells prints. The program has it nowhere, which goes over NATS, too.
func printed() string { return fmt.Sprintf("%x", sha256.Sum256([]byte("said by a driver"))) }

// tells has a driver say something.
var tells = d.Case("agents/tells", "a driver that prints a line, and one that connects to it",
	d.New(d.ServeEndpoint("server"), d.WaitUntilConnectedTo("client"), d.Do("print", func(context.Context, *d.Scope) error {
		fmt.Println(printed())
		return nil
	})),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server")))

// markedTLS is TLS whose launch parameters have one more, a marker. MarkedParams are those of the last run.
var (
	markedTLS    = marked(*transports.TLS())
	markedParams map[string]string
)

func marked(b transports.Backend) *transports.Backend {
	prepare := b.Prepare
	b.BackendName = "tls-marked"
	b.Prepare = func(hosts []string) (map[string]string, error) {
		made, err := prepare(hosts)
		if err == nil {
			made["marker"], markedParams = rand.Text(), made
		}
		return made, err
	}
	return &b
}

// onMarkedTLS is the engine over markedTLS on the agents that the server knows.
func onMarkedTLS(url string) engine.Engine {
	return subprocess.Engine{Backends: []engine.Backend{markedTLS}, Launcher: agents.At(url, agents.Options{})}
}

// heard are messages of NATS.
type heard struct {
	mu  sync.Mutex
	all []*nats.Msg
}

// listen takes in every message of a server.
func listen(t *testing.T, url string) *heard {
	t.Helper()
	h := &heard{}
	conn := connect(t, url)
	sub, err := conn.Subscribe(">", func(m *nats.Msg) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return h
}

// texts is a message with the order in it, if there is one, as its reader decodes them.
func texts(m *nats.Msg) [][]byte {
	var r struct {
		Order struct {
			Order []byte `json:"order"`
		} `json:"order"`
	}
	if json.Unmarshal(m.Data, &r) != nil {
		return [][]byte{m.Data}
	}
	return [][]byte{m.Data, r.Order.Order}
}

// check expects that no message has one of the secrets, and returns how many there were for each of
// these beginnings of subjects.
func (h *heard) check(t *testing.T, secrets map[string]string, prefixes ...string) (counts []int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	counts = make([]int, len(prefixes))
	for _, m := range h.all {
		for i, prefix := range prefixes {
			if strings.HasPrefix(m.Subject, prefix) {
				counts[i]++
			}
		}
		for _, text := range texts(m) {
			for what, secret := range secrets {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("a reader of %s finds %s", m.Subject, what)
				}
			}
		}
	}
	return counts
}

// keyTexts are what a reader of a private key, which is PEM, could find of it.
func keyTexts(t *testing.T, key string) map[string]string {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		t.Fatalf("the run's key is no PEM: %q", key)
	}
	all := map[string]string{"the key's DER": string(block.Bytes)}
	lines := strings.Split(strings.TrimSpace(key), "\n")
	for i, line := range lines[1 : len(lines)-1] {
		all[fmt.Sprintf("line %d of the key", i)] = line
	}
	return all
}

// TestAReaderOfNATSFindsNoKey has somebody who may read everything read every message of a run over TLS.
func TestAReaderOfNATSFindsNoKey(t *testing.T) {
	url := startServer(t).URL()
	all := listen(t, url)
	startAgents(t, url, 2, nil)
	if report := (&runner.Runner{Engine: onMarkedTLS(url)}).Run(t.Context(), tells); report.Verdict != runner.Passed {
		t.Fatal(report)
	}
	secrets := map[string]string{"the marker": markedParams["marker"], "what a driver has printed": printed()}
	maps.Copy(secrets, keyTexts(t, markedParams["key"]))
	for i, n := range all.check(t, secrets, "lahja-agents.", "lahja-runs.", "$O.lahja-programs.") {
		if n == 0 {
			t.Errorf("the reader has heard nothing of kind %d", i)
		}
	}
}
