package bridge_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// lateness is what a loaded machine may be late by.
const lateness = 5 * time.Second

// onBothSides connects two endpoints in both directions, and returns why each loses its peer.
func onBothSides(t *testing.T, j *joined) (onSocket, onServer reasons) {
	t.Helper()
	onSocket, onServer = newReasons(), newReasons()
	ours, theirs := quiet(), j.remote()
	ours.Observer, theirs.Observer = onSocket.observe, onServer.observe
	server := j.serveServer("remote", theirs)
	j.serveSocket("local", ours)
	j.onSocket("client", ours, "remote")
	j.connect(server, "local")
	return onSocket, onServer
}

func TestClosedBridgeTellsBothSidesWhy(t *testing.T) {
	j := bus(t)
	onSocket, onServer := onBothSides(t, j)
	check(t, j.bridge.Close())
	for range 2 {
		says(t, onSocket.next(t), lahja.ErrConnectionAttemptRejected, "the bridge was closed")
		says(t, onServer.next(t), lahja.ErrRemoteDisconnected, "the bridge was closed")
	}
	if s := j.bridge.Stats(); s.Pairs != 0 || s.Endpoints != 0 {
		t.Errorf("got %+v, want nobody", s)
	}
	left, err := os.ReadDir(j.dir)
	check(t, err)
	if len(left) != 1 || left[0].Name() != "local.ipc" {
		t.Errorf("got %v, want the socket of the endpoint that is here alone", left)
	}
}

// unstarted is a bus whose bridge is a process of its own.
func unstarted(t *testing.T) *joined {
	t.Helper()
	server, err := natstest.Start(nil)
	check(t, err)
	t.Cleanup(server.Close)
	return &joined{t: t, server: server, dir: testkit.ShortDir(t), log: &logged{}}
}

func TestKilledBridgeIsNoticedOnBothSides(t *testing.T) {
	t.Parallel()
	j := unstarted(t)
	killed := j.startProcess()
	onSocket, onServer := onBothSides(t, j)
	killed.kill()
	at := time.Now()
	for range 2 {
		onSocket.next(t)
	}
	if took := time.Since(at); took > lateness {
		t.Errorf("endpoints on sockets noticed it after %v, want at once", took)
	}
	for range 2 {
		says(t, onServer.next(t), lahja.ErrRemoteDisconnected, "its connection to the NATS server has ended")
	}
	if took := time.Since(at); took > 3*heartbeat+lateness {
		t.Errorf("endpoints on the server noticed it after %v, want within three heartbeats of %v", took, heartbeat)
	}
}

func TestNewBridgeTakesOverWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	j := unstarted(t)
	killed := j.startProcess()
	again := &lahja.Backoff{Least: 5 * time.Millisecond, Most: 50 * time.Millisecond}
	ours, theirs := quiet(), j.remote()
	ours.Reconnect, theirs.Reconnect = again, again
	remote, local := j.serveServer("remote", theirs), j.serveSocket("local", ours)
	client := j.onSocket("client", ours, "remote")
	j.connect(remote, "local")
	for range 2 {
		killed.kill()
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "remote"))
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), local, "remote"))
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), remote, "client"))
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), remote, "local"))
		if _, err := os.Lstat(j.config("remote").Address); err != nil {
			t.Fatalf("want the socket that the killed bridge has left: %v", err)
		}
		killed = j.startProcess()
		check(t, lahja.WaitUntilConnectedTo(limited(t), client, "remote"))
		check(t, lahja.WaitUntilConnectedTo(limited(t), local, "remote"))
		check(t, lahja.WaitUntilConnectedTo(limited(t), remote, "local"))
		check(t, client.Sync(limited(t), "remote"))
		check(t, remote.Sync(limited(t), "local"))
	}
}

func TestDeathIsToldOnTheOtherSide(t *testing.T) {
	t.Run("of an endpoint on a socket", func(t *testing.T) {
		j := bus(t)
		onServer := newReasons()
		theirs := j.remote()
		theirs.Observer = onServer.observe
		j.serveServer("remote", theirs)
		r := j.join("remote", "local", nil)
		r.conn.Close()
		says(t, onServer.next(t), lahja.ErrRemoteDisconnected, "local", "EOF")
		eventually(t, "the endpoint leaves the server", func() bool { return j.bridge.Stats().Endpoints == 0 })
	})
	t.Run("of an endpoint on the server", func(t *testing.T) {
		j := bus(t)
		onSocket := newReasons()
		ours := quiet()
		ours.Observer = onSocket.observe
		var c cord
		theirs := j.remote()
		theirs.NATS = c.options()
		j.serveServer("remote", theirs)
		j.onSocket("local", ours, "remote")
		c.cut()
		says(t, onSocket.next(t), lahja.ErrConnectionAttemptRejected, "its connection to the NATS server has ended")
		eventually(t, "its socket is removed", func() bool { _, err := os.Lstat(j.config("remote").Address); return os.IsNotExist(err) })
	})
}

// What an endpoint has sent before its end arrives before the news of that.
func TestEventsBeforeADeathArrive(t *testing.T) {
	j := bus(t)
	remote := j.serveServer("remote", j.remote())
	ticks := stream[Tick](t, remote)
	r := j.join("remote", "local", nil)
	const n = 1000
	var all []byte
	for i := range n {
		all = append(all, tick(t, uint64(i+1), i)...)
	}
	r.send(all)
	r.conn.Close()
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), remote, "local"))
	if got := drain(ticks); len(got) != n {
		t.Errorf("got %d events, want %d", len(got), n)
	}
}

func TestShutdownLosesNothingInEitherDirection(t *testing.T) {
	for _, d := range directions {
		for _, leaves := range []string{"server", "client"} {
			t.Run(d.name+", the "+leaves+" leaves", func(t *testing.T) {
				j := bus(t)
				server, client := d.open(j)
				toServer, toClient := stream[Tick](t, server), stream[Tick](t, client)
				j.connect(client, "server")
				subscribed[Tick](t, server, "client")
				subscribed[Tick](t, client, "server")
				const n = 2000
				for i := range n {
					check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
					check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
				}
				first, other, stays := server, client, "client"
				if leaves == "client" {
					first, other, stays = client, server, "server"
				}
				check(t, first.(lahja.Shutdowner).Shutdown(limited(t)))
				check(t, lahja.WaitUntilDisconnectedFrom(limited(t), other, leaves))
				check(t, other.Sync(limited(t), stays)) // with itself: what has come is handled
				for name, s := range map[string]*lahja.Stream[Tick]{"server": toServer, "client": toClient} {
					// Each hears its own, too.
					if got := len(drain(s)); got != 2*n {
						t.Errorf("%s got %d events, want %d", name, got, 2*n)
					}
				}
				if s := j.bridge.Stats(); s.Lost+s.Missed != 0 {
					t.Errorf("got %+v, want nothing lost", s)
				}
			})
		}
	}
}

// A bridge that is closed in any state of its connections leaves nothing behind.
func TestCloseLeavesNothing(t *testing.T) {
	before := held(t)
	server, err := natstest.Start(nil)
	check(t, err)
	j := beside(t, server, bridge.Hooks{}, func(*bridge.Options) {})
	remote := j.serveServer("remote", j.remote())
	local := j.serveSocket("local", quiet())
	j.connect(remote, "local")
	eventually(t, "the socket is there", func() bool { _, err := os.Lstat(j.config("remote").Address); return err == nil })
	j.dial("remote")                                             // says nothing
	j.dial("remote").send(helloOf("half", 77).Append(nil))       // is met, and says nothing more
	j.join("remote", "ready", nil)                               // is connected
	j.join("remote", "leaving", nil).send(goodbye())             // has left, and does not hang up
	j.dial("remote").send(tapOf("*").Append(nil))                // looks on
	silent, stop := j.listen("silent")                           // does not answer
	go remote.ConnectToEndpoints(limited(t), j.config("silent")) // so that this one is being introduced
	<-silent
	eventually(t, "all have connected", func() bool { return len(j.bridge.Inspect().Pairs) >= 3 })
	check(t, j.bridge.Close())
	check(t, local.Close())
	check(t, remote.Close())
	server.Close()
	stop()
	for _, conn := range j.conns {
		conn.Close()
	}
	nothingLeft(t, before)
}

// A process that dies takes its socket's name off the server, though the socket is still there.
func TestDeadEndpointIsNotExported(t *testing.T) {
	j := bus(t)
	remote := j.serveServer("remote", j.remote())
	l := j.stale("local")
	j.exported("local")
	r := j.join("remote", "local", nil)
	check(t, lahja.WaitUntilConnectedTo(limited(t), remote, "local"))
	l.Close()
	r.conn.Close()
	eventually(t, "it is not exported any more", func() bool { return len(j.bridge.Inspect().Exported) == 0 })
	if _, err := os.Lstat(j.config("local").Address); err != nil {
		t.Errorf("want the socket of the dead process there: %v", err)
	}
}

// A bridge whose server gives it up for good ends, and says why.
func TestRunEndsWhenTheServerIsLostForGood(t *testing.T) {
	j := unstarted(t)
	ended := make(chan error, 1)
	o := j.options()
	conns := make(chan *nats.Conn, 10)
	o.NATS.NATS = []nats.Option{nats.ConnectHandler(func(c *nats.Conn) { conns <- c })}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- bridge.Run(ctx, o) }()
	j.serveServer("remote", j.remote())
	eventually(t, "the bridge runs", func() bool { _, err := os.Lstat(j.config("remote").Address); return err == nil })
	(<-conns).Close() // As the client does when it is refused again and again.
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the connection to the NATS server has ended") {
		t.Errorf("got %v, want that the server is lost", err)
	}
	cancel()
	go func() { ended <- bridge.Run(ctx, j.options()) }()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled before it could run", err)
	}
}

func TestEventThatIsTooLargeForTheServerIsCounted(t *testing.T) {
	server, err := natstest.Start(&server.Options{MaxPayload: 64 << 10})
	check(t, err)
	t.Cleanup(server.Close)
	j := beside(t, server, bridge.Hooks{}, func(*bridge.Options) {})
	remote, local := j.serveServer("remote", j.remote()), j.onSocket("local", quiet(), "remote")
	blobs := stream[Blob](t, remote)
	subscribed[Blob](t, local, "remote")
	check(t, lahja.Broadcast(limited(t), local, Blob{N: 1, Bytes: incompressible(100 << 10)}))
	check(t, lahja.Broadcast(limited(t), local, Blob{N: 2, Bytes: incompressible(10 << 10)}))
	if e, err := blobs.Next(limited(t)); err != nil || e.Data.N != 2 {
		t.Errorf("got %v, %v; want the one that fits", e.Data.N, err)
	}
	j.log.await(t, "they are larger than the NATS server takes")
	if s := j.bridge.Stats(); s.Lost != 1 || s.ToServer.Events != 1 {
		t.Errorf("got %+v, want one lost and one passed", s)
	}
}
