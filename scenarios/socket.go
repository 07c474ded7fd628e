package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Sockets: the files that endpoints listen on.
func socketTable() []d.Scenario {
	return []d.Scenario{
		d.Case("socket/unlinked-at-close",
			"A serving endpoint's socket exists while it runs, and is gone after it has closed.",
			d.New(d.ServeEndpoint("server"),
				socketIsThere(),
				d.CloseEndpoint(),
				d.Throws(socketIsThere(), fs.ErrNotExist))).Needing(engine.SocketFiles),

		d.Case("socket/missing-at-close", "An endpoint whose socket was removed closes without an error.",
			d.New(d.ServeEndpoint("server"),
				withSocket("remove the socket", os.Remove),
				d.CloseEndpoint())).Needing(engine.SocketFiles),

		d.Case("socket/stale-is-taken-over", "An endpoint can serve at a path whose socket has no listener any more.",
			d.New(d.ServeEndpoint("server"),
				d.CloseEndpoint(),
				withSocket("leave a socket behind", leaveSocket),
				d.RestartEndpoint(),
				d.Signal("serving"),
				d.Receives(Tick{N: 1})),
			d.New(d.RunEndpoint("client"),
				d.Await("serving"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenBroadcast(Tick{N: 1}))).Needing(engine.SocketFiles, engine.Takeover),

		d.CaseFunc("socket/live-is-refused",
			"Serving at a live server's path is an error that names the path, and the server stays reachable.",
			func(env *d.Env) []*d.Driver {
				path := env.Config("server").Address
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Signal("serving"),
						d.Receives(Tick{N: 1})),
					d.New(d.RunEndpoint("client"),
						d.Await("serving"),
						d.ThrowsAs(d.Do("serve at its path", func(ctx context.Context, s *d.Scope) error {
							return closed(s.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "usurper", Address: path}))
						}), mentions(path)),
						socketIsThere(),
						d.ConnectToEndpoints("server"),
						d.WaitAnyThenBroadcast(Tick{N: 1})),
				}
			}).Needing(engine.SocketFiles),

		d.Case("socket/mode", "Only its owner can use a socket (mode 0600).",
			d.New(d.ServeEndpoint("server"),
				withSocket("look at the mode", func(path string) error {
					info, err := os.Stat(path)
					if err == nil && info.Mode().Perm() != 0o600 {
						err = fmt.Errorf("the socket's mode is %v, want 0600", info.Mode())
					}
					return err
				}))).Needing(engine.SocketFiles, engine.PeerCredentials),

		d.CaseFunc("socket/config-from-name",
			"The config from a name is <base>/<name>.ipc, and a base that is not a directory is an error.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.WaitFor[Tick]()),
					d.New(d.RunEndpoint("client"),
						d.Do("connect to the config from the name", func(ctx context.Context, s *d.Scope) error {
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
						d.Throws(withSocket("a base that is a socket", func(path string) error {
							_, err := lahja.ConfigFromName("other", path)
							return err
						}), lahja.ErrInvalid),
						d.WaitAnyThenBroadcast(Tick{})),
				}
			}).Needing(engine.SocketFiles),
	}
}

// withSocket does something with the path of the server's socket.
func withSocket(what string, do func(path string) error) d.Action {
	return d.Do(what, func(_ context.Context, s *d.Scope) error { return do(s.Config("server").Address) })
}

// socketIsThere fails with fs.ErrNotExist if there is nothing at the path.
func socketIsThere() d.Action {
	return withSocket("a socket is there", func(path string) error {
		info, err := os.Stat(path)
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
