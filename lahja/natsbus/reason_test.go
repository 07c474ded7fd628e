package natsbus_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func TestErrorOfAnEndpointSaysWhyNoServerAnswered(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	nobody := l.Addr().String()
	check(t, l.Close())
	locked := start(t, &server.Options{Username: "lahja", Password: secret})
	for what, c := range map[string]struct {
		url, text string
		reason    error
	}{
		"connection refused": {"nats://" + nobody, "connection refused", syscall.ECONNREFUSED},
		"credentials":        {locked.URL(), "does not accept the credentials", fs.ErrPermission},
		"no such port":       {"nats://127.0.0.1:99999", "invalid port", lahja.ErrInvalid},
	} {
		started := time.Now()
		_, err := natsbus.RunEndpoint(limited(t), "client", &natsbus.Options{URL: c.url})
		if !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want that it is %v, and %q", what, err, c.reason, c.text)
		}
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("%s: it took %v, want at once", what, took)
		}
	}
}

func TestErrorOfAConnectSaysThatNobodyServesUnderTheName(t *testing.T) {
	s := start(t, nil)
	o := options(s)
	o.ListenWait = 100 * time.Millisecond
	client := run(t, "client", o)
	err := client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "nobody"})
	for _, want := range []error{lahja.ErrNoListener, context.DeadlineExceeded, nats.ErrNoResponders} {
		if !errors.Is(err, want) {
			t.Errorf("got %v, want that it is %v", err, want)
		}
	}
	if err == nil || !strings.Contains(err.Error(), "nobody serves under that name") {
		t.Errorf("got %v, want that nobody serves under that name", err)
	}
}
