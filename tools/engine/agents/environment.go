package agents

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// What the environment says of agents.
const (
	// EnvNATS is the NATS server's URL.
	EnvNATS = "LAHJA_NATS"
	// EnvBus is the URL at which drivers' endpoints reach the server, if their machines know it by
	// another, or if they are to have a user of their own there, whose name and password it has.
	EnvBus = "LAHJA_NATS_BUS"
	// EnvCreds is a file with credentials for it, or with the seed of an nkey.
	EnvCreds = "LAHJA_NATS_CREDS"
	// EnvKey is a file with the seed of the nkey that signs orders.
	EnvKey = "LAHJA_AGENT_KEY"
	// EnvPrograms are files with builds of this program for other platforms, with commas between
	// them: "linux/arm64=FILE".
	EnvPrograms = "LAHJA_PROGRAMS"
)

// Engines returns the engines on the agents of the NATS server that the environment names, over
// TCP, TLS and that server. If it names none, there are none, but in the process of a driver,
// which must know them, and in an agent. An engine reports files that cannot be read when it opens.
func Engines() []engine.Engine {
	url := os.Getenv(EnvNATS)
	// A driver's process has its agent's environment, and an agent needs no such variable.
	if url == "" && !subprocess.IsChild() && os.Getenv(EnvAgent) == "" {
		return nil
	}
	options, err := fromEnvironment()
	onServer.URL = cmp.Or(os.Getenv(EnvBus), url)
	var launcher subprocess.Launcher = misconfigured{err}
	if err == nil {
		launcher = At(url, options)
	}
	return []engine.Engine{
		subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: launcher},
		subprocess.Engine{Backends: []engine.Backend{transports.TLS()}, Launcher: launcher},
		subprocess.Engine{Backends: []engine.Backend{onServer}, Launcher: launcher},
	}
}

// onServer is the backend on the server that the environment names. Drivers' processes are told
// its URL by their parent.
var onServer = natsengine.At("")

func fromEnvironment() (o Options, err error) {
	if creds := os.Getenv(EnvCreds); creds != "" {
		option, err := credentials(creds)
		if err != nil {
			return o, fmt.Errorf("agents: %s: %w", EnvCreds, err)
		}
		o.NATS = append(o.NATS, option)
	}
	if file := os.Getenv(EnvKey); file != "" {
		if o.Key, err = ReadKey(file); err != nil {
			return o, fmt.Errorf("agents: %s: %w", EnvKey, err)
		}
	}
	return o, nil
}

// ReadKey reads the seed of an nkey from a file.
func ReadKey(file string) (nkeys.KeyPair, error) {
	seed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; make a key with: lahja agent --new-key %s", file, err, file)
	}
	return key, nil
}
