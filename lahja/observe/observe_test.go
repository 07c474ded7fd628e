package observe_test

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

type Ping struct {
	lahja.Expects[Pong]
	N int
}

type Pong struct{ N int }

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// Note is broadcast within the client.
type Note struct{ N int }

const (
	ping = "github.com/lahja/go-lahja/lahja/observe_test.Ping"
	pong = "github.com/lahja/go-lahja/lahja/observe_test.Pong"
	note = "github.com/lahja/go-lahja/lahja/observe_test.Note"
)

// conversation makes a client request something, broadcast to nobody, and broadcast to
// itself. Then it sends requests to a server within a trace. It waits until each is handled,
// but for no answer, and then both shut down. The server's handler answers 0 and
// fails otherwise.
func conversation(t *testing.T, observer lahja.Observer, requests ...int) {
	t.Helper()
	ctx := testkit.Context(t)
	opts := &p2p.Options{Transport: memory.New(), Logger: slog.New(slog.DiscardHandler), Observer: observer}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}
	server, err := p2p.ServeEndpoint(ctx, config, opts)
	check(t, err)
	client, err := p2p.RunEndpoint(ctx, "client", opts)
	check(t, err)
	check(t, client.ConnectToEndpoints(ctx, config))
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		if e.Data.N != 0 {
			return errors.New("not this one")
		}
		return e.Respond(ctx, Pong{})
	})
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, client, "server"))
	if _, err := lahja.Request(ctx, client, Ping{}); err != nil {
		t.Error(err)
	}
	if err := lahja.Broadcast(ctx, client, Pong{}); !errors.Is(err, lahja.ErrNoSubscribers) {
		t.Errorf("a broadcast to nobody returns %v", err)
	}
	notes, err := lahja.NewStream[Note](client)
	check(t, err)
	check(t, lahja.Broadcast(ctx, client, Note{}, lahja.BroadcastConfig{Internal: true}))
	if _, err := notes.Next(ctx); err != nil {
		t.Error(err)
	}
	for _, n := range requests {
		err := lahja.Broadcast(lahja.WithTrace(ctx, lahja.TraceContext{Parent: parent}), client, Ping{N: n})
		check(t, err)
		check(t, client.Sync(ctx, "server"))
	}
	check(t, client.Shutdown(ctx))
	check(t, server.Shutdown(ctx))
}

var check = testkit.Check

// lines is a writer that counts on whole lines.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(b))
	return len(b), nil
}

func TestSlogWritesARecordOfEachObservation(t *testing.T) {
	var written lines
	var mu sync.Mutex
	seen := 0
	counting := func(lahja.Observation) { mu.Lock(); seen++; mu.Unlock() }
	logger := slog.New(slog.NewJSONHandler(&written, &slog.HandlerOptions{Level: slog.LevelDebug}))
	conversation(t, observe.All(observe.Slog(logger), counting), 0, 1)
	if len(written.all) != seen || seen == 0 {
		t.Errorf("got %d records of %d observations", len(written.all), seen)
	}
	const traceID = "0af7651916cd43dd8448eb211c80319c"
	for _, want := range []map[string]any{
		{"level": "INFO", "msg": "lahja: connected", "endpoint": "client", "peer": "server"},
		{"level": "DEBUG", "msg": "lahja: sent", "endpoint": "client", "peer": "server", "event": ping, "trace": traceID, "id": some{}, "size": some{}},
		{"level": "DEBUG", "msg": "lahja: received", "endpoint": "server", "peer": "client", "event": ping, "trace": traceID, "id": some{}, "size": some{}},
		{"level": "DEBUG", "msg": "lahja: handled", "endpoint": "server", "peer": "client", "event": ping, "trace": traceID, "id": some{}, "took": some{}},
		{"level": "DEBUG", "msg": "lahja: handled", "endpoint": "server", "peer": "client", "event": ping, "trace": traceID, "id": some{}, "took": some{}, "error": "not this one"},
		{"level": "WARN", "msg": "lahja: dropped", "endpoint": "client", "peer": "server", "event": pong, "trace": traceID, "id": some{}, "answers": some{}, "error": "no request waits for this answer any more"},
		{"level": "DEBUG", "msg": "lahja: subscriptions updated", "endpoint": "client", "peer": "server", "types": ping},
		{"level": "DEBUG", "msg": "lahja: subscription started", "endpoint": "server", "event": ping},
		{"level": "DEBUG", "msg": "lahja: request ended", "endpoint": "client", "peer": "server", "event": ping, "id": some{}, "took": some{}, "answer": some{}},
		{"level": "DEBUG", "msg": "lahja: broadcast failed", "endpoint": "client", "event": pong, "error": some{}},
		{"level": "DEBUG", "msg": "lahja: taken", "endpoint": "client", "peer": "client", "event": note, "id": some{}},
		{"level": "INFO", "msg": "lahja: disconnected", "endpoint": "server", "peer": "client", "error": "it said goodbye"},
	} {
		if !slices.ContainsFunc(written.all, func(line string) bool { return matches(t, line, want) }) {
			t.Errorf("there is no record %v among\n%s", want, strings.Join(written.all, ""))
		}
	}
}

// some is any value but an object.
type some struct{}

// matches reports whether a record has these attributes, and no others but its time.
func matches(t *testing.T, line string, want map[string]any) bool {
	var got map[string]any
	check(t, json.Unmarshal([]byte(line), &got))
	delete(got, "time")
	for key, value := range want {
		have, ok := got[key]
		_, object := have.(map[string]any)
		if !ok || object || value != (some{}) && have != value {
			return false
		}
	}
	return len(got) == len(want)
}

func TestSlogLeavesOutWhatTheLoggerDoes(t *testing.T) {
	var written lines
	conversation(t, observe.Slog(slog.New(slog.NewTextHandler(&written, nil))), 0)
	for _, line := range written.all {
		if strings.Contains(line, "DEBUG") || !strings.Contains(line, "connected") && !strings.Contains(line, "dropped") {
			t.Errorf("got %s, want connections and drops alone", line)
		}
	}
	if len(written.all) != 5 { // two ends begin, one answer finds no request, two ends end
		t.Errorf("got %d records, want 5", len(written.all))
	}
}

func TestExpvarCounts(t *testing.T) {
	name := t.Name()
	before := value(t, name)
	conversation(t, observe.Expvar(name), 0, 0, 1)
	got := value(t, name)
	for path, want := range map[string]float64{
		"connections": 0, "connected": 2, "disconnected": 2, "refused": 0,
		"sent/events": 7, "sent/by_type/" + ping: 4, "sent/by_type/" + pong: 3, "sent/by_peer/server": 4, "sent/by_peer/client": 3,
		"received/events": 7, "received/by_type/" + ping: 4, "received/by_type/" + pong: 3, "received/by_peer/server": 3,
		"dropped/events": 2, "dropped/by_type/" + pong: 2, "dropped/by_peer/server": 2, "dropped/bytes": 0,
		"handled/events": 4, "handled/failed": 1, "handled/by_type/" + ping: 4, "handled/by_peer/client": 4,
		"requests/events": 1, "requests/failed": 0, "requests/by_type/" + ping: 1, "requests/by_peer/server": 1,
		"broadcasts_failed/events": 1, "broadcasts_failed/by_type/" + pong: 1, "broadcasts_failed/by_peer/": 0,
		"taken/events": 1, "taken/by_type/" + note: 1, "taken/by_peer/client": 1,
	} {
		if got := at(got, path) - at(before, path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	for _, path := range []string{"sent/bytes", "received/bytes", "handled/seconds", "requests/seconds"} {
		if at(got, path) <= at(before, path) {
			t.Errorf("%s: got %v, want more than before", path, at(got, path))
		}
	}
}

// value is what is published under the name, which begins to be.
func value(t *testing.T, name string) map[string]any {
	observe.Expvar(name)
	var v map[string]any
	check(t, json.Unmarshal([]byte(expvar.Get(name).String()), &v))
	return v
}

// at is a number in v; one that is not there is 0.
func at(v map[string]any, path string) float64 {
	for {
		key, rest, more := strings.Cut(path, "/")
		if !more || strings.HasPrefix(path, "github.com") {
			n, _ := v[path].(float64)
			return n
		}
		v, _ = v[key].(map[string]any)
		path = rest
	}
}

func TestExpvarCountsUnknownTypesTogether(t *testing.T) {
	name := fmt.Sprint(t.Name(), time.Now().UnixNano()) // fresh counters, also with -count
	observer := observe.Expvar(name)
	for i := range 2 * observe.MaxKeys {
		for range 2 {
			observer(lahja.Observation{Kind: lahja.EventDropped, Peer: "p", Event: fmt.Sprint("made up ", i)})
		}
	}
	got := value(t, name)
	types := got["dropped"].(map[string]any)["by_type"].(map[string]any)
	if len(types) != observe.MaxKeys+1 || types["(other)"] != float64(2*observe.MaxKeys) || types["made up 3"] != 2.0 {
		t.Errorf("got %d types with %v others, want %d with %d", len(types), types["(other)"], observe.MaxKeys+1, 2*observe.MaxKeys)
	}
}

func TestExpvarPanicsWhereTheNameIsTaken(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, `"memstats" is published`) || !strings.Contains(got, "another name") {
			t.Errorf("got the panic %q, want one that names it and says what to do", got)
		}
	}()
	observe.Expvar("memstats")
}

func TestAll(t *testing.T) {
	if observe.All() != nil || observe.All(nil, nil) != nil {
		t.Error("without observers there is one, want nil")
	}
	var told []string
	note := func(who string) lahja.Observer {
		return func(o lahja.Observation) { told = append(told, who+" "+o.Peer) }
	}
	observe.All(nil, note("a"))(lahja.Observation{Peer: "x"})
	observe.All(note("a"), nil, note("b"))(lahja.Observation{Peer: "y"})
	if want := []string{"a x", "a y", "b y"}; !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}

func TestNobodyElseLinksOpenTelemetry(t *testing.T) {
	const module = "github.com/lahja/go-lahja/"
	packages := []string{module + "lahja", module + "lahja/observe", module + "lahja/natsbus", module + "tools/lahja"}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, packages...)...).Output()
	check(t, err)
	deps := strings.Fields(string(out))
	for _, pkg := range packages {
		if !slices.Contains(deps, pkg) {
			t.Errorf("%s is not among the %d dependencies of itself; the list is no list", pkg, len(deps))
		}
	}
	for _, dep := range deps {
		if strings.Contains(dep, "opentelemetry") {
			t.Errorf("one of %v links %s; only otelobserve should", packages, dep)
		}
	}
}

func TestEventForSeveralIsOfEach(t *testing.T) {
	name, o := fmt.Sprint(t.Name(), time.Now().UnixNano()), lahja.Observation{Kind: lahja.EventSent, Endpoint: "a", Peers: []string{"b", "c"}, Event: note, Size: 7}
	var written lines
	observe.All(observe.Expvar(name), observe.Slog(slog.New(slog.NewJSONHandler(&written, &slog.HandlerOptions{Level: slog.LevelDebug}))))(o)
	got := value(t, name)
	for path, want := range map[string]float64{"sent/events": 2, "sent/bytes": 14, "sent/by_type/" + note: 2, "sent/by_peer/b": 1, "sent/by_peer/c": 1} {
		if got := at(got, path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	want := map[string]any{"level": "DEBUG", "msg": "lahja: sent", "endpoint": "a", "peers": "b, c", "event": note, "size": 7.0}
	if len(written.all) != 1 || !matches(t, written.all[0], want) {
		t.Errorf("got the records %q, want one: %v", written.all, want)
	}
}
