//go:build !unix

package transports

import "github.com/lahja/go-lahja/tools/engine"

// hasUnix is nothing: there are no Unix sockets here.
var hasUnix []engine.Capability
