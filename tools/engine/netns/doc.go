// Package netns makes hosts for a subprocess engine of network namespaces, so that
// scenarios run over a network that can be taken down, on one machine:
//
//	network, err := netns.Start(ctx, "east", "west")
//	if errors.Is(err, netns.ErrUnavailable) {
//		t.Skip(err)
//	}
//	defer network.Close()
//	e := subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: subprocess.Hosts(network.Hosts())}
//
// Each host is a namespace with one interface and an address; a bridge in one more
// namespace, the hub, connects them. So nothing of the machine's own network is
// used or changed, and several networks do not see each other. It takes Linux, the
// program ip (iproute2) and the right to make namespaces, which root has.
package netns
