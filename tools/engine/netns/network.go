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

// The hub's addresses in every network: each has these for itself.
const (
	// HubAddress is where the hosts reach the hub.
	HubAddress = "10.77.0.254"
	// OutsideAddress is where hosts outside reach it.
	OutsideAddress = "10.78.0.254"
)

// Device is each host's network interface. The hub has none of this name.
const Device = "lahja0"

const (
	prefix = "lahja-" // of all namespaces; the process and a number follow
	bridge = "bridge"
	// outer is the bridge of the hosts outside.
	outer = "outer"
	// mostHosts is how many addresses there are below the hub's.
	mostHosts = 250
	// closeWait bounds the end of a network.
	closeWait = 10 * time.Second
)

// Network is some hosts that reach each other.
type Network struct {
	hub   subprocess.Host
	hosts []subprocess.Host
	begin string   // of the names of namespaces
	made  []string // their names
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
	n.begin = fmt.Sprintf("%s%d-%d-", prefix, os.Getpid(), networks.Add(1))
	hub := n.begin + "hub"
	if err := n.add(ctx, hub); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	n.hub = host("hub", hub, HubAddress)
	if err := errors.Join(ip(ctx, on(hub, "link", "set", "lo", "up")...), span(ctx, hub, bridge, HubAddress)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for i, name := range hosts {
		h := host(name, n.begin+name, fmt.Sprintf("10.77.0.%d", i+1))
		if err := n.attach(ctx, h, bridge, fmt.Sprint("port", i)); err != nil {
			return err
		}
		n.hosts = append(n.hosts, h)
	}
	return nil
}

// span makes a bridge in the hub that has this address there.
func span(ctx context.Context, hub, bridge, address string) error {
	return all(ctx,
		on(hub, "link", "add", bridge, "type", "bridge"),
		on(hub, "address", "add", address+"/24", "dev", bridge),
		on(hub, "link", "set", bridge, "up"))
}

// attach makes the namespace of a host and connects it to a bridge of the hub's.
func (n *Network) attach(ctx context.Context, h subprocess.Host, bridge, port string) error {
	hub, space := n.begin+"hub", n.begin+h.Name
	if err := n.add(ctx, space); err != nil {
		return fmt.Errorf("netns: host %s: %w", h.Name, err)
	}
	if err := all(ctx,
		on(hub, "link", "add", port, "type", "veth", "peer", "name", Device, "netns", space),
		on(hub, "link", "set", port, "master", bridge, "up"),
		on(space, "address", "add", h.Address+"/24", "dev", Device),
		on(space, "link", "set", "lo", "up"),
		on(space, "link", "set", Device, "up")); err != nil {
		return fmt.Errorf("netns: host %s: %w", h.Name, err)
	}
	return nil
}

// Outside adds hosts that reach the hub, at OutsideAddress, and nobody else. Call it once.
func (n *Network) Outside(ctx context.Context, names ...string) ([]subprocess.Host, error) {
	hub := n.begin + "hub"
	if err := span(ctx, hub, outer, OutsideAddress); err != nil {
		return nil, err
	}
	var hosts []subprocess.Host
	for i, name := range names {
		h, port := host(name, n.begin+name, fmt.Sprintf("10.78.0.%d", i+1)), fmt.Sprint("outer", i)
		if err := n.attach(ctx, h, outer, port); err != nil {
			return nil, err
		}
		// It does not reach others that are isolated, too.
		if err := ip(ctx, on(hub, "link", "set", port, "type", "bridge_slave", "isolated", "on")...); err != nil {
			return nil, fmt.Errorf("netns: host %s: %w", name, err)
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
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

// Unplug takes the network from a host of that name; Plug gives it back.
func (n *Network) Unplug(ctx context.Context, host string) error {
	return ip(ctx, on(n.begin+host, "link", "set", Device, "down")...)
}

// Plug undoes Unplug.
func (n *Network) Plug(ctx context.Context, host string) error {
	return ip(ctx, on(n.begin+host, "link", "set", Device, "up")...)
}

// Unplug takes the network from the host on which this process runs; Plug gives it
// back. Elsewhere they fail.
func Unplug(ctx context.Context) error { return ip(ctx, "link", "set", Device, "down") }

// Plug undoes Unplug.
func Plug(ctx context.Context) error { return ip(ctx, "link", "set", Device, "up") }
