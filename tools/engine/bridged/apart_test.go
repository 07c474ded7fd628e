package bridged_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/bridged"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// apart is the backend of endpoints on the sockets of several hosts. Each host has a directory of
// sockets, and a bridge to the NATS server on the hub.
type apart struct {
	name string
	// options are those of the endpoints on sockets, bridges' those of the bridges on the server.
	options p2p.Options
	bridges natsbus.Options
	// ownServer has each run start a server, for which there is one run at a time. Otherwise there
	// is one already.
	ownServer bool

	// hub and hosts are where the parent starts what each run needs.
	hub   subprocess.Host
	hosts []subprocess.Host
}

// on places the runs of a backend on a network.
func (b *apart) on(hub subprocess.Host, hosts []subprocess.Host) *apart {
	b.hub, b.hosts = hub, hosts
	return b
}

// Name implements engine.Backend.
func (b *apart) Name() string { return b.name }

// Capabilities implements engine.Backend: those with one bridge. An endpoint that died is noticed by
// its own bridge, and that tells the other one at once.
func (b *apart) Capabilities() engine.Capabilities { return bridged.UnixAndNATS().Capabilities() }

// Open implements engine.Backend.
func (b *apart) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	dir, err := os.MkdirTemp("", "lahja-apart-") // Some scenarios empty the run's directory.
	if err != nil {
		return nil, err
	}
	n, err := b.join(ctx, site, dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	n.owns = true
	if b.ownServer {
		err = n.keep(filepath.Join(n.dir, b.hub.Name+pidFile), b.hub, netnstest.AsServer)
	}
	bus := "run-" + rand.Text()
	for _, h := range b.hosts {
		if err == nil {
			err = os.Mkdir(socketsOf(n.dir, h.Address), 0o700)
		}
		if err == nil {
			err = n.keep(filepath.Join(n.dir, h.Name+pidFile), h, bridgeEnv+"="+b.name, dirEnv+"="+socketsOf(n.dir, h.Address),
				busEnv+"="+bus, logEnv+"="+filepath.Join(n.dir, h.Name+logFile))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w; %v", err, n.Close())
	}
	return n, nil
}

// dirParam is the parameter that says where everything is.
const dirParam = "apart-dir"

// Join implements engine.Backend.
func (b *apart) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	return b.join(ctx, site, params[dirParam])
}

func (b *apart) join(ctx context.Context, site engine.Site, dir string) (*apartNetwork, error) {
	site.Dir = func() (string, error) { return socketsOf(dir, site.Host), nil }
	here := &transports.Backend{BackendName: b.name, New: func() p2p.Transport { return unix.Transport{} },
		Address: func(dir, name string) string { return filepath.Join(dir, name+".ipc") }, Options: b.options}
	sockets, err := here.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return &apartNetwork{Network: sockets, dir: dir, hosts: b.hosts}, nil
}

// socketsOf is the directory of the sockets of the host with this address.
func socketsOf(dir, address string) string { return filepath.Join(dir, address) }

// What the directory has for each host besides: the process that was started there, and what it logs.
const (
	pidFile = ".pid"
	logFile = ".log"
)

// apartNetwork is an apart during one run, where this process is.
type apartNetwork struct {
	engine.Network
	dir   string
	hosts []subprocess.Host
	owns  bool // in the parent
	kept  []*kept
}

// Params implements engine.Network.
func (n *apartNetwork) Params() map[string]string { return map[string]string{dirParam: n.dir} }

// Sweep implements engine.Sweeper. Where the endpoint was is not known here.
func (n *apartNetwork) Sweep(endpoint string) error { return n.sweep(endpoint) }

// sweep removes the sockets of endpoints, by a pattern of their names, at which nobody listens: those
// of dead ones. On the other hosts bridges listen.
func (n *apartNetwork) sweep(names string) error {
	left, err := filepath.Glob(filepath.Join(n.dir, "*", names+".ipc"))
	failed := []error{err}
	for _, address := range left {
		if conn, err := (unix.Transport{}).Dial(context.Background(), address); err == nil {
			conn.Close()
			continue
		}
		if err := os.Remove(address); !errors.Is(err, fs.ErrNotExist) { // The bridge may have closed it.
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Close implements engine.Network. All programs end at once.
func (n *apartNetwork) Close() []string {
	left := n.Network.Close()
	if !n.owns {
		return left
	}
	failed := []error{n.sweep("*")}
	for _, k := range n.kept {
		k.letEnd()
	}
	for _, k := range n.kept {
		failed = append(failed, k.end(), os.Remove(k.pid))
	}
	for _, h := range n.hosts { // A socket that a bridge has left keeps its directory from being removed.
		failed = append(failed, os.Remove(filepath.Join(n.dir, h.Name+logFile)), os.Remove(socketsOf(n.dir, h.Address)))
	}
	if err := errors.Join(append(failed, os.Remove(n.dir))...); err != nil {
		left = append(left, err.Error())
	}
	return left
}

// kept is a program on a host that is started again whenever it was killed.
type kept struct {
	pid     string // the file with its process's id
	start   func() (*netnstest.Process, error)
	ending  chan struct{}
	ended   sync.WaitGroup
	current *netnstest.Process
	failed  error
}

// restart is how long a program that was killed is gone.
const restart = 200 * time.Millisecond

// keep starts a program on a host, and notes its process's id in a file.
func (n *apartNetwork) keep(pid string, host subprocess.Host, env ...string) error {
	k := &kept{pid: pid, ending: make(chan struct{}), start: func() (*netnstest.Process, error) {
		p, err := netnstest.Run(host, env...)
		if err == nil {
			err = replace(pid, strconv.Itoa(p.PID()))
		}
		return p, err
	}}
	var err error
	if k.current, err = k.start(); err != nil {
		return err
	}
	n.kept = append(n.kept, k)
	k.ended.Go(k.keep)
	return nil
}

// replace writes a file, of which readers see all or nothing.
func replace(file, text string) error {
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// keep starts it again, until it is to end.
func (k *kept) keep() {
	for k.failed == nil {
		select {
		case <-k.ending:
			k.failed = k.current.End()
			return
		case <-k.current.Ended(): // It was killed.
		}
		select {
		case <-k.ending:
			return
		case <-time.After(restart):
			k.current, k.failed = k.start()
		}
	}
}

// letEnd lets it end, and end waits for that.
func (k *kept) letEnd() { close(k.ending) }

func (k *kept) end() error {
	k.ended.Wait()
	return k.failed
}

// What makes this program a bridge: the name of its backend, its directory and bus, and where it logs.
const (
	bridgeEnv = "BRIDGED_TEST_BRIDGE"
	dirEnv    = "BRIDGED_TEST_DIR"
	busEnv    = "BRIDGED_TEST_BUS"
	logEnv    = "BRIDGED_TEST_LOG"
)

// beBridge runs a bridge until this program is killed, or is to end.
func beBridge(b *apart) error {
	log, err := os.OpenFile(os.Getenv(logEnv), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	logger := slog.New(slog.NewJSONHandler(log, nil))
	options := b.bridges
	options.URL, options.Bus = netnstest.ServerURL, os.Getenv(busEnv)
	options.OnGap = func(g lahja.Gap) { logger.Info(gapMessage, "peer", g.Peer, "events", g.Lost) }
	bridge, err := bridge.Start(context.Background(), bridge.Options{Sockets: os.Getenv(dirEnv), Export: []string{"*"}, Import: []string{"*"},
		NATS: &options, Logger: logger})
	if err != nil {
		return err
	}
	netnstest.UntilEnd()
	return bridge.Close()
}

// gapMessage is what a bridge logs when messages did not arrive there.
const gapMessage = "gap"
