//go:build unix

package transports

import "github.com/lahja/go-lahja/tools/engine"

// hasUnix is what the backend on Unix sockets can do besides.
var hasUnix = []engine.Capability{engine.SocketFiles, engine.PeerCredentials, engine.RawConnections, engine.Takeover}
