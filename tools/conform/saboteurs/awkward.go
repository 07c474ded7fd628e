package saboteurs

import (
	"net"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// Awkward returns backends that are correct, and strange: what they do may cost
// time, and no scenario may fail for it.
func Awkward() []engine.Backend {
	return []engine.Backend{
		changing(memory("slow"), slowly(0, 5*time.Millisecond)),
		changing(memory("fragmenting"), func(conn net.Conn) net.Conn { return fragmentingConn{conn} }),
	}
}
