package bridge

import (
	"cmp"
	"log/slog"
	"path/filepath"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// DefaultQueueBytes is 64 MiB, which is also what a NATS server holds for a client by default.
const DefaultQueueBytes = 64 << 20

// Options configures a bridge.
type Options struct {
	// Sockets is the directory of the sockets, which must exist. They are named as those of
	// lahja.ConfigFromName.
	Sockets string
	// NATS are the options of the endpoints on the server. Bus and URL say where they are.
	NATS *natsbus.Options
	// Export are patterns of the names of endpoints on sockets that may be seen on the server,
	// and Import of those on the server that may be seen on sockets: * stands for any text, ? for
	// any character. Both are needed.
	Export, Import []string
	// QueueBytes is how many bytes of events may wait to be written to one connection to a
	// socket, and how many more may wait for room in its windows. An event counts 256 bytes more
	// than it has. The default is DefaultQueueBytes. What waits for the server is bounded by
	// NATS.QueueBytes for each endpoint on a socket.
	QueueBytes int
	// NoTap refuses taps (`lahja tap`) of imported endpoints. By default, whoever may connect to
	// their sockets may tap them.
	NoTap bool
	// Logger receives what happens: one line for each endpoint that comes or goes, and warnings.
	// The default is slog.Default.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.Sockets == "" {
		return o, invalid("Options.Sockets is empty; it names the directory of the sockets")
	}
	if len(o.Export) == 0 || len(o.Import) == 0 {
		return o, invalid("Options.Export and Options.Import must each name endpoints: a connection passes if its endpoint on a socket is exported, and the one on the server imported")
	}
	if o.QueueBytes < 0 {
		return o, invalid("Options.QueueBytes is negative; want the bytes that may wait, or 0 for the default")
	}
	o.QueueBytes = cmp.Or(o.QueueBytes, DefaultQueueBytes)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	own := natsbus.Options{}
	if o.NATS != nil {
		own = *o.NATS
	}
	own.BlockWait = -1 // What was taken from a socket waits for the server as long as it is away.
	own.Logger = o.Logger
	o.NATS = &own
	return o, nil
}

func (o *Options) exports(name string) bool { return matches(o.Export, name) }

func (o *Options) imports(name string) bool { return matches(o.Import, name) }

func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if glob.Match(p, name) {
			return true
		}
	}
	return false
}

// suffix follows an endpoint's name in the name of its socket, as in lahja.ConfigFromName.
const suffix = ".ipc"

// address is where the endpoint of that name listens.
func (o *Options) address(name string) string { return filepath.Join(o.Sockets, name+suffix) }

func invalid(problem string) error {
	return &lahja.Error{Op: "start a bridge", Kind: lahja.ErrInvalid, Detail: problem}
}
