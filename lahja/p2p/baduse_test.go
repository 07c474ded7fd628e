package p2p_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Unencodable is no event, for its field.
type Unencodable struct{ Done chan int }

func (Unencodable) EventName() string { return "test/unencodable" }

func TestBadUseIsAnErrorThatSaysWhatMendsIt(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.MaxPayload = 1 << 10
	server, client := n.serve("server"), n.run("client")
	stream[Blob](t, server)
	n.connect(client, "server")
	closed := n.run("closed")
	check(t, closed.Close())
	for name, c := range map[string]struct {
		err  error
		kind error
		says []string
	}{
		"a field that cannot be encoded": {lahja.Broadcast(t.Context(), client, Unencodable{}), lahja.ErrInvalid, []string{"Unencodable.Done", "chan int"}},
		"the same, subscribed to":        {second(lahja.NewStream[Unencodable](client)), lahja.ErrInvalid, []string{"Unencodable.Done"}},
		"a payload over the limit":       {lahja.Broadcast(t.Context(), client, blob()), lahja.ErrTooLarge, []string{"1024", "MaxPayload"}},
		"a handler that is nil":          {second(lahja.Subscribe[Tick](client, nil)), lahja.ErrInvalid, []string{"handler is nil", "NewStream"}},
		"an endpoint that is closed":     {lahja.Broadcast(t.Context(), closed, Tick{}), lahja.ErrLifecycle, []string{"closed"}},
		"a policy that is none":          {second(lahja.NewStream[Tick](client, lahja.SubscribeConfig{WhenFull: 9})), lahja.ErrInvalid, []string{"WhenFull", "DropOldest"}},
	} {
		text := is(t, c.err, c.kind)
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got %q, want it to say %q", name, text, want)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestTooLongASocketPathSaysHowLongItMayBe(t *testing.T) {
	config := lahja.ConnectionConfig{Name: "server", Address: "/tmp/" + strings.Repeat("x", 200)}
	for name, err := range map[string]error{
		"serve":   second(p2p.ServeEndpoint(t.Context(), config, nil)),
		"connect": newNetwork(t, nil).run("client").ConnectToEndpoints(limited(t), config),
	} {
		if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, "205 bytes") || !strings.Contains(text, "shorter directory") {
			t.Errorf("%s: got %q, want how long it is and what mends it", name, text)
		}
	}
}

func TestMostTypesAndGroupsAreSubscribedTo(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	tick, err := lahja.TypeOf[Tick]()
	check(t, err)
	blob, err := lahja.TypeOf[Blob]()
	check(t, err)
	for i := range wire.MaxTypeGroups {
		_, err := ep.Subscribe(tick, nil, lahja.SubscribeConfig{Group: fmt.Sprint("g", i)})
		check(t, err)
	}
	_, err = ep.Subscribe(tick, nil, lahja.SubscribeConfig{Group: "g0"})
	check(t, err)
	_, err = ep.Subscribe(tick, nil, lahja.SubscribeConfig{Group: "one more"})
	if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, "64 groups for this type, which is the limit") {
		t.Errorf("got %q", text)
	}
	for i := range wire.MaxTypeGroupBytes / 128 {
		_, err := ep.Subscribe(blob, nil, lahja.SubscribeConfig{Group: fmt.Sprintf("%0128d", i)})
		check(t, err)
	}
	_, err = ep.Subscribe(blob, nil, lahja.SubscribeConfig{Group: "x"})
	if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, "1025 bytes together; the limit is 1024") {
		t.Errorf("got %q", text)
	}
	_, err = ep.Subscribe(tick, nil, lahja.SubscribeConfig{})
	check(t, err)
}
