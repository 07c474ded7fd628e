package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/option/optiontest"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// TestEveryOptionIsChecked pins that there is a rule for each field, that each bound
// holds on both sides, and that the error says which option, its value and the range.
func TestEveryOptionIsChecked(t *testing.T) {
	for _, wrong := range p2p.UncoveredOptions() {
		t.Error(wrong)
	}
	for _, r := range p2p.OptionRules {
		optiontest.Bounded(t, r, p2p.Options{}, func(o any) error {
			own := o.(p2p.Options)
			_, err := p2p.New("a", &own)
			return err
		}, lahja.ErrInvalid)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	var network *memory.Network
	for want, o := range map[string]p2p.Options{
		"Options.Transport is a nil *memory.Network":                     {Transport: network},
		"Options.SlowPeer is SlowPolicy(7); want Block, DropNewest":      {SlowPeer: 7},
		"Options.MaxHandshakes is -1; want 1 or more, or 0":              {MaxHandshakes: -1},
		"Options.ListenWait is -1s; want 1ns or more":                    {ListenWait: -time.Second},
		"Options.Reconnect.Factor is +Inf; want at least 1":              {Reconnect: &lahja.Backoff{Factor: math.Inf(1)}},
		"Options.Reconnect.Jitter is -Inf; want a fraction":              {Reconnect: &lahja.Backoff{Jitter: math.Inf(-1)}},
		"Options.Reconnect.Least is -1ns; want more than 0":              {Reconnect: &lahja.Backoff{Least: -1}},
		"Options.Reconnect.Most is 1ns; want no less than Least, which ": {Reconnect: &lahja.Backoff{Most: 1}},
	} {
		_, err := p2p.New("a", &o)
		if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
}

// TestExtremeOptionsWork pins that nothing overflows at the ends of the ranges.
func TestExtremeOptionsWork(t *testing.T) {
	for name, o := range map[string]p2p.Options{
		"least": {MaxPayload: 1 << 10, CompressAbove: 1, QueueBytes: 1, BlockWait: time.Second, MaxPeers: 1, MaxHandshakes: 1},
		"most": {MaxPayload: lahja.MaxMaxPayload, CompressAbove: math.MaxInt, QueueBytes: lahja.MaxQueueBytes, BlockWait: math.MaxInt64, ListenWait: math.MaxInt64,
			ReadyWait: math.MaxInt64, HandshakeTimeout: math.MaxInt64, MaxPeers: math.MaxInt, MaxHandshakes: math.MaxInt},
		"negative": {CompressAbove: -1, BlockWait: -1},
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			o.Transport, o.Logger = n.opts.Transport, n.opts.Logger
			n.opts = o
			server, client := n.serve("server"), n.run("client")
			blobs, err := lahja.NewStream[Blob](server, lahja.SubscribeConfig{QueueBytes: o.QueueBytes})
			check(t, err)
			n.connect(client, "server")
			size := 512
			if name == "most" {
				size = 3 << 20 // Several of them are more than is given back unasked.
			}
			for range 4 {
				check(t, lahja.Broadcast(limited(t), client, Blob{Bytes: make([]byte, size)}))
				if name != "most" {
					next(t, blobs)
				}
			}
			check(t, client.Sync(limited(t), "server"))
			if name == "most" {
				for range 4 {
					next(t, blobs)
				}
			}
		})
	}
}

func TestSubscribeConfigsThatCannotBe(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	for want, config := range map[string]lahja.SubscribeConfig{
		"SubscribeConfig.QueueBytes is -1; want 1 to ":                {QueueBytes: -1},
		fmt.Sprint("is ", lahja.MaxQueueBytes+1, "; want 1 to "):      {QueueBytes: lahja.MaxQueueBytes + 1},
		"SubscribeConfig.WhenFull is SlowPolicy(-1); want Block, Dro": {WhenFull: -1},
		"the name \"a/b\" contains a path separator":                  {Group: "a/b"},
	} {
		_, err := ep.Subscribe(ticksOf(t), nil, config)
		if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
}

// TestTransportsThatCannotBeFailAtOnce pins that a connect does not wait for what waiting
// cannot mend.
func TestTransportsThatCannotBeFailAtOnce(t *testing.T) {
	for want, transport := range map[string]p2p.Transport{
		"memory: Network.Buffer is -1; want 1 to ":                          &memory.Network{Buffer: -1},
		fmt.Sprint("memory: Network.Buffer is ", memory.MaxBuffer+1):        &memory.Network{Buffer: memory.MaxBuffer + 1},
		"tcp.Transport.KeepAlive.Idle is -1s; want more than 0":             tcp.Transport{KeepAlive: net.KeepAliveConfig{Idle: -time.Second}},
		"tcp.Transport.KeepAlive.Interval is 10h0m0s; want more than 0, up": tcp.Transport{KeepAlive: net.KeepAliveConfig{Interval: 10 * time.Hour}},
		"tcp.Transport.KeepAlive.Count is 128; want 1 to 127":               tcp.Transport{KeepAlive: net.KeepAliveConfig{Count: 128}},
	} {
		opts := &p2p.Options{Transport: transport, ListenWait: time.Hour}
		config := lahja.ConnectionConfig{Name: "server", Address: "127.0.0.1:0"}
		ep, err := p2p.RunEndpoint(t.Context(), "a", opts)
		check(t, err)
		err = ep.ConnectToEndpoints(limited(t), config)
		is(t, err, fs.ErrInvalid)
		if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
		check(t, ep.Close())
		_, err = p2p.ServeEndpoint(t.Context(), config, opts)
		is(t, err, lahja.ErrInvalid)
	}
}

func TestTooManyHandshakesDoNotPanic(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.MaxHandshakes = 1
	n.serve("a")
	n.serve("b")
	if err := n.run("c").ConnectToEndpoints(limited(t), n.config("a"), n.config("b")); errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
