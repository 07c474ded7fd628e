package natsengine_test

import (
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
)

// That every scenario holds on these engines is tested by package conform.

func TestUnsupportedOnNATSIsWhatNeedsSocketsOrSharedNames(t *testing.T) {
	allowed := []engine.Need{engine.RawConnections, engine.Backpressure, engine.SocketFiles, engine.PeerCredentials, engine.ProcessIsolation, engine.OrderAcrossSenders,
		engine.CertifiedNames, engine.DriverPauses}
	for _, e := range natsengine.Engines() {
		for _, s := range scenarios.All() {
			for _, missing := range e.Capabilities().Missing(s.Needs) {
				if !slices.Contains(allowed, missing) {
					t.Errorf("%s on %s lacks %s", s.Name, e.Name(), missing)
				}
			}
		}
	}
}
