package bridge_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// Names are unique over both sides. The second endpoint to take one is told which endpoint has it, and where.
func TestNameThatIsThereOnBothSidesIsRefused(t *testing.T) {
	t.Run("a socket's, to one that serves on the server", func(t *testing.T) {
		j := bus(t)
		j.serveSocket("orders", quiet())
		j.log.await(t, "can be found on the server")
		_, err := natsbus.ServeEndpoint(limited(t), lahja.ConnectionConfig{Name: "orders"}, j.remote())
		says(t, err, lahja.ErrConnectionAttemptRejected, `another endpoint named "orders" serves`, "on a socket in "+j.dir, "names are unique")
	})
	t.Run("a socket's, to one that connects from the server", func(t *testing.T) {
		j := bus(t)
		j.serveSocket("orders", quiet())
		j.serveSocket("hub", quiet())
		j.exported("orders", "hub")
		err := j.onServer("orders", j.remote()).ConnectToEndpoints(limited(t), j.config("hub"))
		says(t, err, lahja.ErrConnectionAttemptRejected, `another endpoint named "orders" is on a socket in `+j.dir)
	})
	t.Run("a client's on a socket, to one that connects from the server", func(t *testing.T) {
		j := bus(t)
		j.serveServer("there", j.remote())
		j.serveSocket("hub", quiet())
		j.onSocket("orders", quiet(), "there")
		err := j.onServer("orders", j.remote()).ConnectToEndpoints(limited(t), j.config("hub"))
		says(t, err, lahja.ErrConnectionAttemptRejected, `another endpoint named "orders" is connected through this bridge, on a socket in `+j.dir)
	})
	t.Run("one that serves on the server, to a client on a socket", func(t *testing.T) {
		j := bus(t)
		j.serveServer("orders", j.remote())
		j.serveServer("hub", j.remote())
		err := j.onSocket("orders", quiet()).ConnectToEndpoints(limited(t), j.config("hub"))
		says(t, err, lahja.ErrConnectionAttemptRejected, `another endpoint named "orders" serves on bus "lahja"`)
	})
	t.Run("one that serves on the server, to a socket", func(t *testing.T) {
		j := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.Import = []string{"hub"} })
		j.serveServer("orders", j.remote())
		j.serveSocket("orders", quiet())
		j.log.await(t, `another endpoint named \"orders\" serves on bus \"lahja\"`)
		if reason := j.bridge.Inspect().Refused["orders"]; reason == "" {
			t.Error("the bridge does not say why it is not exported")
		}
	})
	t.Run("another run of one on a socket", func(t *testing.T) {
		j := bus(t)
		j.serveServer("hub", j.remote())
		j.onSocket("orders", quiet(), "hub")
		err := j.onSocket("orders", quiet()).ConnectToEndpoints(limited(t), j.config("hub"))
		says(t, err, lahja.ErrConnectionAttemptRejected, `another endpoint named "orders" is connected through this bridge, on a socket in `+j.dir)
	})
	t.Run("its own", func(t *testing.T) {
		j := bus(t)
		j.serveServer("hub", j.remote())
		r := j.dial("hub")
		r.send(helloOf("hub", 7).Append(nil))
		if m := r.refused(); m.Code != wire.RefuseName {
			t.Errorf("got %+v, want it refused for its name", m)
		}
	})
}

// A run of an endpoint on a socket follows another one at once.
func TestNextRunOfAnEndpointIsConnected(t *testing.T) {
	j := bus(t)
	remote := j.serveServer("hub", j.remote())
	for range 3 {
		ep := j.onSocket("orders", quiet(), "hub")
		check(t, remote.Sync(limited(t), "orders"))
		check(t, ep.Close())
	}
}

func TestOnlyWhatIsListedPasses(t *testing.T) {
	j := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.Export, o.Import = []string{"local*"}, []string{"remote*"} })
	j.serveSocket("local", quiet())
	j.serveSocket("secret", quiet())
	j.serveServer("remote", j.remote())
	j.serveServer("hidden", j.remote())
	j.onSocket("local-client", quiet(), "remote")
	j.onServer("remote-client", j.remote(), "local")

	err := j.onSocket("other", quiet()).ConnectToEndpoints(limited(t), j.config("remote"))
	says(t, err, lahja.ErrConnectionAttemptRejected, "does not export other (Options.Export)")
	err = j.onServer("stranger", j.remote()).ConnectToEndpoints(limited(t), j.config("local"))
	says(t, err, lahja.ErrConnectionAttemptRejected, "does not import stranger (Options.Import)")
	theirs := j.remote()
	theirs.ListenWait = 300 * time.Millisecond
	err = j.onServer("remote-too", theirs).ConnectToEndpoints(limited(t), j.config("secret"))
	says(t, err, lahja.ErrNoListener, "nobody serves under that name")
	ours := quiet()
	ours.ListenWait = 100 * time.Millisecond
	err = j.onSocket("local-too", ours).ConnectToEndpoints(limited(t), j.config("hidden"))
	says(t, err, lahja.ErrNoListener)
	if i := j.bridge.Inspect(); len(i.Exported) != 1 || len(i.Imported) != 1 {
		t.Errorf("got %+v, want local exported and remote imported alone", i)
	}
}

func TestOptionsThatLetNothingPassAreRefused(t *testing.T) {
	j := unstarted(t)
	for name, change := range map[string]func(*bridge.Options){
		"Options.Sockets":    func(o *bridge.Options) { o.Sockets = "" },
		"Options.Export":     func(o *bridge.Options) { o.Export = nil },
		"Options.Import":     func(o *bridge.Options) { o.Import = nil },
		"Options.QueueBytes": func(o *bridge.Options) { o.QueueBytes = -1 },
	} {
		o := j.options()
		change(&o)
		_, err := bridge.Start(limited(t), o)
		says(t, err, lahja.ErrInvalid, name)
	}
	o := j.options()
	o.Sockets += "/missing"
	if _, err := bridge.Start(limited(t), o); err == nil {
		t.Error("want it to fail without a directory")
	}
}

// Two machines: each has its sockets and its bridge.
func TestEndpointsOnTheSocketsOfTwoBridgesMeet(t *testing.T) {
	one := bus(t)
	two := beside(t, one.server, bridge.Hooks{}, func(*bridge.Options) {})
	server, client := one.serveSocket("server", quiet()), two.onSocket("client", quiet())
	answers(t, server)
	ticks := stream[Tick](t, client)
	two.connect(client, "server")
	subscribed[Tick](t, server, "client")
	pong, err := lahja.Request(limited(t), client, Ping{N: 1})
	if err != nil || pong.Data.N != 2 || pong.Origin() != "server" {
		t.Fatal(pong, err)
	}
	const n = 1000
	for i := range n {
		check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
	}
	check(t, server.Sync(limited(t), "client"))
	if got := once(t, "the client", drain(ticks)); got != n {
		t.Errorf("got %d events, want %d", got, n)
	}
	check(t, server.Shutdown(limited(t)))
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "server"))
}
