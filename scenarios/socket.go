package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Sockets: the files that endpoints listen on.
var socketTable = []drivers.Scenario{
	{
		Name:  "socket/unlinked-at-close",
		Rule:  "A serving endpoint's socket exists while it runs, and is gone after it has closed.",
		Needs: []engine.Need{engine.SocketFiles},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					socketIsThere(server),
					drivers.CloseEndpoint(),
					drivers.Throws(socketIsThere(server), fs.ErrNotExist)),
			}
		},
	},
	{
		Name:  "socket/missing-at-close",
		Rule:  "An endpoint whose socket was removed closes without an error.",
		Needs: []engine.Need{engine.SocketFiles},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Do("remove the socket", func(context.Context, *drivers.Scope) error { return os.Remove(server.Address) }),
					drivers.CloseEndpoint()),
			}
		},
	},
	{
		Name:  "socket/stale-is-taken-over",
		Rule:  "An endpoint can serve at a path whose socket has no listener any more.",
		Needs: []engine.Need{engine.SocketFiles, engine.Takeover},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.CloseEndpoint(),
					drivers.Do("leave a socket behind", func(context.Context, *drivers.Scope) error { return leaveSocket(server.Address) }),
					drivers.RestartEndpoint(),
					drivers.Checkpoint("serving"),
					drivers.WaitFor(equals(Tick{N: 1}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			}
		},
	},
	{
		Name:  "socket/live-is-refused",
		Rule:  "Serving at a live server's path is an error that names the path, and the server stays reachable.",
		Needs: []engine.Need{engine.SocketFiles},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.WaitFor(equals(Tick{N: 1}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ThrowsAs(drivers.Do("serve at its path", func(ctx context.Context, s *drivers.Scope) error {
						return closed(s.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "usurper", Address: server.Address}))
					}), mentions(server.Address)),
					socketIsThere(server),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			}
		},
	},
	{
		Name:  "socket/mode",
		Rule:  "Only its owner can use a socket (mode 0600).",
		Needs: []engine.Need{engine.SocketFiles, engine.PeerCredentials},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Do("look at the mode", func(context.Context, *drivers.Scope) error {
						info, err := os.Stat(server.Address)
						if err == nil && info.Mode().Perm() != 0o600 {
							err = fmt.Errorf("the socket's mode is %v, want 0600", info.Mode())
						}
						return err
					})),
			}
		},
	},
	{
		Name:  "socket/config-from-name",
		Rule:  "The config from a name is <base>/<name>.ipc, and a base that is not a directory is an error.",
		Needs: []engine.Need{engine.SocketFiles},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Tick]()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Do("connect to the config from the name", func(ctx context.Context, s *drivers.Scope) error {
						dir, err := env.Dir()
						if err != nil {
							return err
						}
						config, err := lahja.ConfigFromName("server", dir)
						if err != nil {
							return err
						}
						return s.Endpoint().ConnectToEndpoints(ctx, config)
					}),
					drivers.Throws(drivers.Do("a base that is a socket", func(context.Context, *drivers.Scope) error {
						_, err := lahja.ConfigFromName("other", server.Address)
						return err
					}), lahja.ErrInvalid),
					drivers.WaitAnyThenBroadcast(Tick{})),
			}
		},
	},
}

// socketIsThere fails with fs.ErrNotExist if there is nothing at the path.
func socketIsThere(config lahja.ConnectionConfig) drivers.Action {
	return drivers.Do("a socket is there", func(context.Context, *drivers.Scope) error {
		info, err := os.Stat(config.Address)
		if err == nil && info.Mode().Type() != fs.ModeSocket {
			err = errors.New("there is something at the path, but no socket: " + info.Mode().String())
		}
		return err
	})
}

// leaveSocket leaves a socket behind, like a process that is killed while it listens.
func leaveSocket(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}
