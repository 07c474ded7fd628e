package runner

import (
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
)

// Engines returns the built-in engines.
func Engines() []engine.Engine {
	return []engine.Engine{
		engine.OnGoroutines(transports.Memory()),
		engine.OnGoroutines(transports.Unix()),
		engine.OnGoroutines(transports.TCP()),
		engine.OnGoroutines(transports.TLS()),
		virtual.Engine{},
		subprocess.On(transports.Unix()),
		subprocess.On(transports.Unix(), transports.UnixUncompressed()),
		subprocess.On(transports.TCP()),
		subprocess.On(transports.TLS()),
		subprocess.Mixed(transports.TCP(), transports.TCPUncompressed()),
		subprocess.Mixed(transports.TLS(), transports.TLSUncompressed()),
	}
}
