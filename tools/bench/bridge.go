package bench

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Subjects of Bridge: what passes, and where from.
const (
	// bridgeOut is fan-out from a socket to NATS, bridgeIn from NATS to sockets.
	bridgeOut = "fan-out to NATS"
	bridgeIn  = "fan-out to sockets"
	// bridgeAsks is requests from a socket to NATS, and bridgeAnswers from NATS to a socket.
	bridgeAsks    = "requests to NATS"
	bridgeAnswers = "requests to a socket"
)

func bridgeCases() []Case {
	return []Case{
		{Subject: bridgeOut, Codec: DefaultCodec, Payload: 100, Consumers: DefaultConsumers, Events: 50_000},
		{Subject: bridgeIn, Codec: DefaultCodec, Payload: 100, Consumers: DefaultConsumers, Events: 50_000},
		{Subject: bridgeAsks, Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 10_000},
		{Subject: bridgeAnswers, Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 10_000},
	}
}

// acrossBridge measures fan-out or round trips between endpoints on a socket and on NATS, with a
// bridge between. Endpoints on NATS alone, and the client of NATS itself, have none.
func acrossBridge(ctx context.Context, f *fleet, c Case) (Run, error) {
	if c.Subject == bridgeOut || c.Subject == bridgeIn {
		return fanout(ctx, f, c)
	}
	return roundTrip(ctx, f, c)
}

// onNATS reports whether the process of that role has its endpoint on NATS.
func (c Case) onNATS(role string) bool {
	first := role == "sender" || role == "responder" // It listens.
	switch c.Subject {
	case bridgeOut, bridgeAnswers:
		return c.System == NATSBus || !first
	case bridgeIn, bridgeAsks:
		return c.System == NATSBus || first
	}
	return false
}

// startServer starts a NATS server's process and, if the bus is on both sides, the bridge's.
func (f *fleet) startServer(ctx context.Context, j *job) error {
	var err error
	if j.URL, err = f.serveCarrier(ctx, NATS); err != nil || j.System != Lahja {
		return err
	}
	between := *j
	between.Role = "bridge"
	p, err := f.start("the bridge", f.profiled(between, "bridge"))
	if err == nil {
		_, err = f.expect(ctx, messageListening, p)
	}
	return err
}

// socketSuffix is what follows an endpoint's name in the name of its socket, as for a bridge.
const socketSuffix = ".ipc"

func playBridge(ctx context.Context, c *child) error {
	_, err := bridge.Start(ctx, bridge.Options{Sockets: c.Dir, NATS: c.natsOptions(), Export: []string{"*"}, Import: []string{"*"},
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return c.say(messageListening)
}

// natsPending is above what waits for the slowest receiver: events that are lost end the run.
const natsPending = 1 << 20

func (c *child) natsOptions() *natsbus.Options {
	return &natsbus.Options{URL: c.URL, Pending: natsPending, OnGap: func(g lahja.Gap) { c.must(&g) }}
}

// serve opens the endpoint that others connect to, and run one that connects.
func (c *child) serve(ctx context.Context) (lahja.EndpointAPI, error) {
	if c.OnNATS {
		return natsbus.ServeEndpoint(ctx, c.config(), c.natsOptions())
	}
	return p2p.ServeEndpoint(ctx, c.config(), nil)
}

func (c *child) run(ctx context.Context, name string) (lahja.EndpointAPI, error) {
	if c.OnNATS {
		return natsbus.RunEndpoint(ctx, name, c.natsOptions())
	}
	return p2p.RunEndpoint(ctx, name, nil)
}

// socket returns the address of the one endpoint that listens.
func (j job) socket() string { return filepath.Join(j.Dir, senderName+socketSuffix) }
