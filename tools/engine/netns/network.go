package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// ErrUnavailable says that no namespaces can be made here, and why.
var ErrUnavailable = errors.New("netns: network namespaces cannot be made here")

// HubAddress is the hub's in every network: each has these addresses for itself.
const HubAddress = "10.77.0.254"

const (
	prefix = "lahja-" // of all namespaces; the process and a number follow
	bridge = "bridge"
	// device is each host's interface. No other is named so.
	device = "lahja0"
	// mostHosts is how many addresses there are below the hub's.
	mostHosts = 250
	// closeWait bounds the end of a network.
	closeWait = 10 * time.Second
)

// Network is some hosts that reach each other.
type Network struct {
	hub   subprocess.Host
	hosts []subprocess.Host
	made  []string // names of namespaces
}

// networks numbers those of this process.
var networks atomic.Uint64

// Start makes a network of hosts with these names. It fails with ErrUnavailable
// where no namespaces can be made. What processes that were killed have left behind
// is removed.
func Start(ctx context.Context, hosts ...string) (*Network, error) {
	if len(hosts) == 0 || len(hosts) > mostHosts {
		return nil, fmt.Errorf("netns: %d hosts; make between 1 and %d", len(hosts), mostHosts)
	}
	if err := sweep(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	n := &Network{}
	if err := n.make(ctx, hosts); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Network) make(ctx context.Context, hosts []string) error {
	begin := fmt.Sprintf("%s%d-%d-", prefix, os.Getpid(), networks.Add(1))
	hub := begin + "hub"
	if err := n.add(ctx, hub); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	n.hub = host("hub", hub, HubAddress)
	if err := all(ctx,
		on(hub, "link", "set", "lo", "up"),
		on(hub, "link", "add", bridge, "type", "bridge"),
		on(hub, "address", "add", HubAddress+"/24", "dev", bridge),
		on(hub, "link", "set", bridge, "up")); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for i, name := range hosts {
		if err := n.attach(ctx, host(name, begin+name, fmt.Sprintf("10.77.0.%d", i+1)), begin+name, hub, i); err != nil {
			return fmt.Errorf("netns: host %s: %w", name, err)
		}
	}
	return nil
}

// attach makes the namespace of a host and connects it to the hub's bridge.
func (n *Network) attach(ctx context.Context, h subprocess.Host, space, hub string, i int) error {
	if err := n.add(ctx, space); err != nil {
		return err
	}
	n.hosts = append(n.hosts, h)
	port := fmt.Sprint("port", i)
	return all(ctx,
		on(hub, "link", "add", port, "type", "veth", "peer", "name", device, "netns", space),
		on(hub, "link", "set", port, "master", bridge, "up"),
		on(space, "address", "add", h.Address+"/24", "dev", device),
		on(space, "link", "set", "lo", "up"),
		on(space, "link", "set", device, "up"))
}

func (n *Network) add(ctx context.Context, space string) error {
	if err := ip(ctx, "netns", "add", space); err != nil {
		return err
	}
	n.made = append(n.made, space)
	return nil
}

func host(name, space, address string) subprocess.Host {
	return subprocess.Host{Name: name, Address: address, Command: []string{"ip", "netns", "exec", space}}
}

// Hosts are those that Start was told of, in that order.
func (n *Network) Hosts() []subprocess.Host { return slices.Clone(n.hosts) }

// Hub is reached by all hosts, at HubAddress: a place for a server.
func (n *Network) Hub() subprocess.Host { return n.hub }

// Close removes the hosts. What still runs on one loses its network.
func (n *Network) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	var errs []error
	for _, space := range n.made {
		errs = append(errs, ip(ctx, "netns", "delete", space))
	}
	n.made = nil
	return errors.Join(errs...)
}

// Unplug takes the network from the host on which this process runs; Plug gives it
// back. Elsewhere they fail.
func Unplug(ctx context.Context) error { return ip(ctx, "link", "set", device, "down") }

// Plug undoes Unplug.
func Plug(ctx context.Context) error { return ip(ctx, "link", "set", device, "up") }
