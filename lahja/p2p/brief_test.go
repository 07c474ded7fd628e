package p2p_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// longest is more than the text of any error has.
const longest = 4 << 10

// manyTypes is a set of as many types as there may be, all of them with long names.
func manyTypes() map[string]wire.Interest {
	types := map[string]wire.Interest{}
	for i := range wire.MaxTypes {
		name := fmt.Sprint(i, "/", strings.Repeat("x", wire.MaxTypeName-10))
		types[name] = wire.Interest{Everyone: true}
	}
	return types
}

// One peer subscribes to 10,000 long names, and another one sends requests and hangs up:
// each handler's answer fails, and is logged.
func TestFailuresAreCheapBesideAPeerOfManyTypes(t *testing.T) {
	n := memoryNetwork(t)
	log := new(bytes.Buffer)
	n.opts.Logger = slog.New(slog.NewTextHandler(log, nil))
	server := n.serve("server")
	n.join("server", "wide", manyTypes())
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "wide"))
	hungUp := make(chan struct{})
	const requests = 300
	failed := make(chan error, requests)
	_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		<-hungUp
		err := e.Respond(ctx, Pong{})
		failed <- err
		return err
	})
	check(t, err)
	asker := n.join("server", "asker", nil)
	for i := range requests {
		asker.send(wire.AppendEvent(nil, wire.EventMsg{Type: nameOf[Ping](t), Sequence: uint64(i + 1), Payload: []byte{0xa1, 0x61, 'N', 1}}, -1))
	}
	asker.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Ping))
	asker.expect(wire.Pong)
	asker.conn.Close()
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "asker"))
	began := time.Now()
	close(hungUp)
	for range requests {
		err := <-failed
		if text := is(t, err, lahja.ErrRemoteDisconnected); len(text) > longest || !strings.Contains(text, "10000 types") {
			t.Fatalf("an error of %d bytes, want at most %d that say how many types wide has: %.500s", len(text), longest, text)
		}
	}
	check(t, server.Close())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d failures took %v, want far less than a second", requests, took)
	}
	if size := log.Len(); size > 100<<10 {
		t.Errorf("they wrote %d bytes of log", size)
	}
	if text := log.String(); !strings.Contains(text, "suppressed=290") {
		t.Errorf("the log does not say how many lines it lacks:\n%.2000s", text)
	}
}

// Fifty peers with long names and types: each error names a few.
func TestErrorsNameAFewOfManyPeers(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	stream[Ping](t, server)
	const peers = 50
	for i := range peers {
		n.join("server", fmt.Sprintf("%03d-%s", i, strings.Repeat("y", 100)), subscribes(strings.Repeat("z", 200)+fmt.Sprint(i), 0))
	}
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, fmt.Sprintf("%03d-%s", peers-1, strings.Repeat("y", 100))))
	var names []string
	for _, p := range server.Peers().Peers[1:] {
		names = append(names, p.Name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for what, err := range map[string]error{
		"broadcast":   lahja.Broadcast(t.Context(), server, Tick{}),
		"unconnected": lahja.Broadcast(t.Context(), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: append([]string{"nobody"}, names...)}),
		"answer": lahja.Broadcast(t.Context(), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: names,
			FilterEventID: lahja.EventID{Instance: 4711, Sequence: 1}}),
		"connect": server.ConnectToEndpoints(ctx, append([]lahja.ConnectionConfig{{Name: "server"}}, configs(names)...)...),
		"wait":    lahja.WaitUntilConnectedTo(ctx, server, "nobody"),
	} {
		if err == nil || len(err.Error()) > longest {
			t.Errorf("%s: got %v of %d bytes, want an error of at most %d", what, err, len(err.Error()), longest)
		}
		if e, ok := errors.AsType[*lahja.Error](err); ok && (len(e.Peer) > longest || len(e.Detail) > longest) {
			t.Errorf("%s: %d bytes of peers and %d of detail", what, len(e.Peer), len(e.Detail))
		}
	}
}

func configs(names []string) (all []lahja.ConnectionConfig) {
	for _, name := range names {
		all = append(all, lahja.ConnectionConfig{Name: name, Address: "nowhere"})
	}
	return all
}

func TestTextOfAnErrorHasABound(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	err := &lahja.Error{Op: "broadcast", Peer: long, Kind: lahja.ErrInvalid, Detail: long, Err: errors.New(long)}
	if n := len(err.Error()); n > longest {
		t.Errorf("%d bytes, want at most %d", n, longest)
	}
}
