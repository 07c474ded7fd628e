package real_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/conform/real"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"golang.org/x/crypto/ssh"
)

// over is a backend whose endpoints listen at ports that the system chooses.
func over(name string) *transports.Backend {
	return &transports.Backend{
		BackendName: name,
		Has:         []engine.Capability{engine.RawConnections, engine.Takeover},
	}
}

func yamuxBackend(under p2p.Transport) *transports.Backend {
	b := over("yamux")
	b.New = func() p2p.Transport { return transports.ByName{Over: real.NewYamux(under)} }
	return b
}

func webSocketBackend(under p2p.Transport) *transports.Backend {
	b := over("websocket")
	b.New = func() p2p.Transport { return transports.ByName{Over: real.NewWebSocket(under)} }
	return b
}

// sshBackend makes a key for each run, which all its processes get.
func sshBackend(under p2p.Transport) *transports.Backend {
	b := over("ssh")
	b.Options.ListenWait = 10 * time.Second // Dial shakes hands.
	b.Prepare = func([]string) (map[string]string, error) {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, err
		}
		block, err := ssh.MarshalPrivateKey(key, "")
		return map[string]string{"key": string(pem.EncodeToMemory(block))}, err
	}
	b.NewPrepared = func(params map[string]string) (p2p.Transport, error) {
		key, err := ssh.ParsePrivateKey([]byte(params["key"]))
		if err != nil {
			return nil, err
		}
		return transports.ByName{Over: real.NewSSH(under, key)}, nil
	}
	return b
}

func test(t *testing.T, b engine.Backend) {
	conform.Test(t, conform.Suite{Backends: []engine.Backend{b}})
}

func TestYamux(t *testing.T)     { test(t, yamuxBackend(tcp.Transport{})) }
func TestWebSocket(t *testing.T) { test(t, webSocketBackend(tcp.Transport{})) }
func TestSSH(t *testing.T)       { test(t, sshBackend(tcp.Transport{})) }
