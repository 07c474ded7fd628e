package p2p_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

func TestEventsThatAreNeverWrittenAreTold(t *testing.T) {
	for name, goodbye := range map[string]bool{"the peer dies": false, "the peer says goodbye, and dies": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				var log bytes.Buffer
				n.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
				var ends []lahja.Observation
				n.opts.Observer = func(o lahja.Observation) {
					if o.Peer == "mute" && (o.Kind == lahja.Disconnected || o.Kind == lahja.EventDropped) {
						ends = append(ends, o)
					}
				}
				server, _, mute := stopped(t, n)
				fill(t, server)
				if goodbye {
					mute.send(wire.GoodbyeMsg{}.Append(nil))
					synctest.Wait()
				}
				mute.conn.Close()
				synctest.Wait()
				var kinds []lahja.ObservationKind
				for _, o := range ends {
					kinds = append(kinds, o.Kind)
				}
				if got := fmt.Sprint(kinds); got != "[disconnected dropped]" {
					t.Fatalf("observed %v, want the end and the drop", got)
				}
				dropped := ends[len(ends)-1]
				is(t, dropped.Err, lahja.ErrRemoteDisconnected)
				if dropped.Size < 100<<10 {
					t.Errorf("%d bytes dropped, want what was queued", dropped.Size)
				}
				said := fmt.Sprintf("%d bytes of events were queued", dropped.Size)
				if !goodbye && !strings.Contains(fmt.Sprint(ends[0].Err), said) {
					t.Errorf("disconnected for %q, want %q in it", ends[0].Err, said)
				}
				if text := log.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, said) {
					t.Errorf("logged %q, want a warning with %q", text, said)
				}
			})
		})
	}
}

func TestShutdownTellsWhatAPeerThatWentAwayDidNotGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, _, mute := stopped(t, n)
		fill(t, server)
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()
		synctest.Wait()
		mute.conn.Close()
		text := is(t, <-ended, lahja.ErrRemoteDisconnected)
		if !strings.Contains(text, "went away: mute (") || !strings.Contains(text, "bytes of events unsent") {
			t.Errorf("got %q, want the peer and its bytes", text)
		}
	})
}

func TestBroadcastThatWaitsFailsWhenItsEndpointCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, _, _ := stopped(t, n)
		stream[Blob](t, server)
		fill(t, server)
		synctest.Wait() // The writer may have been behind.
		fill(t, server)
		failed := make(chan error, 1)
		go func() { failed <- lahja.Broadcast(limited(t), server, blob()) }()
		synctest.Wait()
		check(t, server.Close())
		text := is(t, <-failed, lahja.ErrLifecycle)
		if !strings.Contains(text, "queued for mute; it was for server, client") {
			t.Errorf("got %q, want it to name the endpoints that have it and the one that has not", text)
		}
	})
}
