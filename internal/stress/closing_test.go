package stress_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestClosesDuringConnects has servers close while clients connect, and clients while they
// do. Each call ends, and says why it failed.
func TestClosesDuringConnects(t *testing.T) {
	const rounds, clients = 40, 4
	for name, on := range transports {
		t.Run(name, func(t *testing.T) {
			config := lahja.ConnectionConfig{Name: "server", Address: on.address(t)}
			options := &p2p.Options{Transport: on.transport, Logger: slog.New(slog.DiscardHandler), ListenWait: 20 * time.Millisecond}
			closing(t, config, options, clients, 0)
			before := held(t)
			connected, failed := 0, 0
			for round := range rounds {
				well := closing(t, config, options, clients, time.Duration(round)*50*time.Microsecond)
				connected, failed = connected+well, failed+clients-well
			}
			nothingLeft(t, before)
			t.Logf("%d connects went well, %d were cut off", connected, failed)
		})
	}
}

// closing has clients connect to a server that closes after a while, as does every other
// client. It returns how many were connected.
func closing(t *testing.T, config lahja.ConnectionConfig, options *p2p.Options, clients int, after time.Duration) (connected int) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	server, err := p2p.ServeEndpoint(ctx, config, options)
	if err != nil {
		t.Fatal(err)
	}
	if config.Address == "127.0.0.1:0" {
		config.Address = server.Addr().String()
	}
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i := range clients {
		all.Go(func() { errs[i] = connectAndClose(ctx, config, options, i, after) })
	}
	<-time.After(after)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	for _, err := range errs {
		if err == nil {
			connected++
		} else if !known(err) {
			t.Errorf("a connect that a close cut off: %v", err)
		}
	}
	return connected
}

func connectAndClose(ctx context.Context, config lahja.ConnectionConfig, options *p2p.Options, i int, after time.Duration) error {
	client, err := p2p.RunEndpoint(ctx, fmt.Sprintf("client-%d", i), options)
	if err != nil {
		return err
	}
	if i%2 == 0 {
		closer := time.AfterFunc(after, func() { client.Close() })
		defer closer.Stop()
	}
	return errors.Join(client.ConnectToEndpoints(ctx, config), client.Close())
}

// known tells whether the error says what happened, and not only that time was up.
func known(err error) bool {
	for _, kind := range []error{lahja.ErrLifecycle, lahja.ErrNoListener, lahja.ErrRemoteDisconnected, lahja.ErrConnectionAttemptRejected} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
