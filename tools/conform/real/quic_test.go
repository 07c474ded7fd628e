package real_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/conform/real"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/quic-go/quic-go"
)

func TestQUIC(t *testing.T) {
	conform.Test(t, conform.Suite{Backends: []engine.Backend{quicBackend(real.QUICConfig())}})
}

// quicBackend makes a certificate for each run.
func quicBackend(settings *quic.Config) *transports.Backend {
	return &transports.Backend{
		BackendName: "quic",
		Prepare:     newCertificate,
		NewPrepared: func(params map[string]string) (p2p.Transport, error) {
			identity := tcptest.Identity{
				Authority:   []byte(params["authority"]),
				Certificate: []byte(params["certificate"]),
				Key:         []byte(params["key"]),
			}
			config, err := identity.Config()
			if err != nil {
				return nil, err
			}
			return transports.ByName{Over: real.NewQUIC(config, settings)}, nil
		},
		Has:     []engine.Capability{engine.RawConnections, engine.Takeover},
		Amounts: engine.Capabilities{engine.DeathBound: int64(real.QUICDeath)},
		Options: p2p.Options{ListenWait: 10 * time.Second}, // Dial includes the handshake.
	}
}

func newCertificate([]string) (map[string]string, error) {
	identity, err := tcptest.NewIdentity()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"authority":   string(identity.Authority),
		"certificate": string(identity.Certificate),
		"key":         string(identity.Key),
	}, nil
}
