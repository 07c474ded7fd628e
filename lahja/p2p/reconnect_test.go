package p2p_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// steady has no jitter.
var steady = lahja.Backoff{Least: 100 * time.Millisecond, Most: time.Second, Factor: 2, Jitter: -1}

// detour dials as the test says where it says something.
type detour struct {
	p2p.Transport
	mu   sync.Mutex
	dial func(ctx context.Context, address string) (net.Conn, error)
	at   []time.Time // when dial was called
}

func (d *detour) Dial(ctx context.Context, address string) (net.Conn, error) {
	d.mu.Lock()
	dial := d.dial
	if dial != nil {
		d.at = append(d.at, time.Now())
	}
	d.mu.Unlock()
	if dial != nil {
		return dial(ctx, address)
	}
	return d.Transport.Dial(ctx, address)
}

func (d *detour) set(dial func(ctx context.Context, address string) (net.Conn, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dial = dial
}

// dials are the times of the calls of dial since the last look.
func (d *detour) dials() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at
	d.at = nil
	return at
}

func nobody(context.Context, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }

// away is a network whose client goes back, and what it observes of that.
type away struct {
	*network
	detour *detour
	client *p2p.Endpoint
	log    *lockedBuffer

	mu   sync.Mutex
	seen []lahja.Observation
}

func newAway(t *testing.T, backoff *lahja.Backoff) *away {
	d := &detour{Transport: memory.New()}
	a := &away{network: newNetwork(t, d), detour: d, log: &lockedBuffer{}}
	own := a.opts
	own.Reconnect, own.Observer, own.Logger = backoff, a.observe, slog.New(slog.NewTextHandler(a.log, nil))
	client, err := p2p.RunEndpoint(t.Context(), "client", &own)
	a.client = a.opened(client, err)
	return a
}

func (a *away) observe(o lahja.Observation) {
	if o.Kind != lahja.Reconnecting && o.Kind != lahja.Connected {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, o)
}

// attempts are what was observed since the last look.
func (a *away) attempts() []lahja.Observation {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestBackoffThatCannotBe(t *testing.T) {
	for name, b := range map[string]lahja.Backoff{
		"Least":  {Least: -1},
		"Most":   {Least: time.Minute},
		"Factor": {Factor: 0.5},
		"Jitter": {Jitter: 1.1},
	} {
		_, err := p2p.New("client", &p2p.Options{Reconnect: &b})
		if text := is(t, err, lahja.ErrInvalid); !strings.Contains(text, name+" is") {
			t.Errorf("got %q, want %s named", text, name)
		}
	}
	for name, b := range map[string]lahja.Backoff{"Factor": {Factor: math.NaN()}, "Jitter": {Jitter: math.NaN()}} {
		if _, err := p2p.New("client", &p2p.Options{Reconnect: &b}); !errors.Is(err, lahja.ErrInvalid) {
			t.Errorf("%s is no number: got %v", name, err)
		}
	}
}

func TestPausesGrowUpToTheMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		server := a.serve("server")
		a.connect(a.client, "server")
		a.attempts()
		a.detour.set(nobody)
		ended := time.Now()
		check(t, server.Close())
		time.Sleep(4 * time.Second)
		synctest.Wait()
		var at, delays []time.Duration
		for _, d := range a.detour.dials() {
			at = append(at, d.Sub(ended))
		}
		for _, o := range a.attempts() {
			delays = append(delays, o.Delay)
			if o.Kind != lahja.Reconnecting || o.Peer != "server" || !errors.Is(o.Err, lahja.ErrNoListener) || !errors.Is(o.Err, syscall.ECONNREFUSED) {
				t.Errorf("got %+v, want an attempt that failed as nobody listens", o)
			}
		}
		const ms = time.Millisecond
		if want := []time.Duration{100 * ms, 300 * ms, 700 * ms, 1500 * ms, 2500 * ms, 3500 * ms}; !slices.Equal(at, want) {
			t.Errorf("it dialled after %v, want %v", at, want)
		}
		if want := []time.Duration{200 * ms, 400 * ms, 800 * ms, 1000 * ms, 1000 * ms, 1000 * ms}; !slices.Equal(delays, want) {
			t.Errorf("it told of pauses %v, want %v", delays, want)
		}
	})
}

func TestJitterTakesAPartOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &lahja.Backoff{}) // the defaults
		server := a.serve("server")
		a.connect(a.client, "server")
		a.attempts()
		a.detour.set(nobody)
		check(t, server.Close())
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		full := lahja.DefaultBackoffLeast
		different := map[time.Duration]bool{}
		for i, o := range a.attempts() {
			full = min(2*full, lahja.DefaultBackoffMost)
			if o.Delay > full || o.Delay < full/2 {
				t.Errorf("pause %d is %v, want from %v to %v", i, o.Delay, full/2, full)
			}
			if full == lahja.DefaultBackoffMost {
				different[o.Delay] = true
			}
		}
		if len(different) < 40 {
			t.Errorf("got %d different pauses in ten minutes, want nearly all of the 60 or more", len(different))
		}
	})
}

func TestPausesBeginAnewAfterAConnectionThatLasted(t *testing.T) {
	for name, test := range map[string]struct {
		lasts, pause time.Duration
	}{
		"short": {steady.Most - time.Millisecond, 400 * time.Millisecond},
		"long":  {steady.Most + time.Millisecond, 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAway(t, &steady)
				server := a.serve("server")
				a.connect(a.client, "server")
				a.detour.set(nobody)
				check(t, server.Close())
				time.Sleep(150 * time.Millisecond) // the first attempt fails, the second is due at 300
				server = a.serve("server")
				a.detour.set(nil)
				check(t, lahja.WaitUntilConnectedTo(limited(t), a.client, "server"))
				time.Sleep(test.lasts)
				check(t, server.Close())
				check(t, lahja.WaitUntilDisconnectedFrom(limited(t), a.client, "server"))
				ended := time.Now()
				a.serve("server")
				check(t, lahja.WaitUntilConnectedTo(limited(t), a.client, "server"))
				if took := time.Since(ended); took != test.pause {
					t.Errorf("it was back after %v, want %v", took, test.pause)
				}
			})
		})
	}
}

func TestWithoutReconnectNobodyDialsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, nil)
		server := a.serve("server")
		a.connect(a.client, "server")
		check(t, server.Close())
		a.serve("server")
		time.Sleep(time.Hour)
		if seen := a.attempts(); len(seen) != 1 || lahja.IsConnectedTo(a.client, "server") {
			t.Errorf("got %v, want the first connection alone", seen)
		}
	})
}

// Its acknowledgement is what the client waits for, on a connection on which all
// else was said.
func TestWaitersAreToldWhenBothSidesKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		stream[Tick](t, a.client)
		told := make(chan map[string]wire.Interest, 2)
		first, hangUp, acknowledge := make(chan struct{}), make(chan struct{}), make(chan struct{}, 2)
		acknowledge <- struct{}{}
		l := a.listen(func(r *raw) {
			serveRaw(r, told, acknowledge)
			select {
			case <-first:
				silence(r)
			default:
				close(first)
				<-hangUp
			}
		})
		a.connect(a.client, "server")
		<-told
		close(hangUp)
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), a.client, "server"))
		woken := make(chan error, 2)
		go func() { woken <- lahja.WaitUntilConnectedTo(t.Context(), a.client, "server") }()
		go func() { woken <- lahja.WaitUntilEndpointSubscribedTo[Pong](t.Context(), a.client, "server") }()
		if set := <-told; set["test/tick"].Shape == 0 {
			t.Errorf("the server was told %v, want the client's stream", set)
		}
		time.Sleep(time.Second)
		select {
		case err := <-woken:
			t.Errorf("a waiter was told (%v) before the server knew what the client subscribes to", err)
		default:
		}
		acknowledge <- struct{}{}
		check(t, <-woken)
		check(t, <-woken)
		if !lahja.IsEndpointSubscribedTo[Pong](a.client, "server") {
			t.Error("the client does not know what the server subscribes to")
		}
		check(t, l.Close())
		synctest.Wait() // the server is done, too
	})
}

// serveRaw gets ready, with the acknowledgement when it is given.
func serveRaw(r *raw, told chan<- map[string]wire.Interest, acknowledge <-chan struct{}) {
	r.send(helloOf("server", 5).Append(nil))
	pong, _ := lahja.TypeOf[Pong]()
	r.send(wire.SubscriptionsMsg{Number: 1, Types: subscribes("test/pong", pong.Shape)}.Append(nil))
	m, err := wire.ParseSubscriptions(r.expect(wire.Subscriptions))
	check(r.t, err)
	told <- m.Types
	<-acknowledge
	r.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
	r.expect(wire.Ready)
	r.send(wire.ReadyMsg{}.Append(nil))
}

func TestRestartedServerIsServedAsBefore(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		n.opts.Reconnect = &lahja.Backoff{Least: time.Millisecond, Most: 10 * time.Millisecond} // they do not last
		client := n.run("client")
		ticks := stream[Tick](t, client)
		n.connect(client, "server")
		asked := stream[Ping](t, server)
		for i := range 20 {
			check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
			lost := make(chan error, 1)
			go func() {
				_, err := lahja.Request(limited(t), client, Ping{N: i})
				lost <- err
			}()
			next(t, asked)
			if i%2 == 0 {
				check(t, server.Shutdown(limited(t)))
			} else {
				check(t, server.Close())
			}
			is(t, <-lost, lahja.ErrRemoteDisconnected)
			server = n.serve("server")
			asked = stream[Ping](t, server)
			check(t, lahja.WaitUntilConnectedTo(limited(t), server, "client"))
			check(t, lahja.Broadcast(limited(t), server, Tick{N: i})) // no wait: it is known
			if e := next(t, ticks); e.Data.N != i {
				t.Errorf("got tick %d, want %d", e.Data.N, i)
			}
		}
	})
}

func TestARefusedNameIsTriedAfterTheMostAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		server := a.serve("server")
		a.connect(a.client, "server")
		a.attempts()
		check(t, server.Close())
		a.serve("server")
		other := a.run("client")
		a.connect(other, "server") // before the first pause is over
		time.Sleep(10 * time.Second)
		synctest.Wait()
		seen := a.attempts()
		for _, o := range seen {
			if !errors.Is(o.Err, lahja.ErrConnectionAttemptRejected) || o.Delay != steady.Most {
				t.Errorf("got %+v, want a refusal and a pause of %v", o, steady.Most)
			}
		}
		if len(seen) < 3 || strings.Count(a.log.String(), "refused") != 1+strings.Count(a.log.String(), "it refused") ||
			strings.Count(a.log.String(), "will try again") != 1 {
			t.Errorf("got %d refusals, and logged:\n%s", len(seen), a.log)
		}
		check(t, other.Close())
		check(t, lahja.WaitUntilConnectedTo(limited(t), a.client, "server"))
	})
}

func TestClosingServerIsNoRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		server := a.serve("server")
		a.connect(a.client, "server")
		a.attempts()
		check(t, server.Close())
		l := a.listen(func(r *raw) {
			r.send(wire.RefuseMsg{Code: wire.RefuseClosing, Reason: "closing"}.Append(nil))
		})
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		check(t, l.Close())
		if seen := a.attempts(); len(seen) != 1 || seen[0].Delay != 200*time.Millisecond {
			t.Errorf("got %v, want one attempt and the next pause", seen)
		}
		if text := a.log.String(); text != "" {
			t.Errorf("logged %s", text)
		}
	})
}

func TestWhatWaitingDoesNotMendEndsTheAttempts(t *testing.T) {
	for name, test := range map[string]struct {
		dial func(a *away) func(context.Context, string) (net.Conn, error)
		kind error
	}{
		"an invalid address": {func(*away) func(context.Context, string) (net.Conn, error) {
			return func(context.Context, string) (net.Conn, error) { return nil, fs.ErrInvalid }
		}, lahja.ErrInvalid},
		"oneself": {func(a *away) func(context.Context, string) (net.Conn, error) {
			return func(ctx context.Context, _ string) (net.Conn, error) {
				return a.detour.Transport.Dial(ctx, a.config("self").Address)
			}
		}, lahja.ErrConnectionAttemptRejected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAway(t, nil)
				own := a.opts
				own.Reconnect, own.Observer, own.Logger = &steady, a.observe, slog.New(slog.NewTextHandler(a.log, nil))
				self, err := p2p.ServeEndpoint(t.Context(), a.config("self"), &own)
				a.opened(self, err)
				server := a.serve("server")
				a.connect(self, "server")
				a.attempts()
				a.detour.set(test.dial(a))
				check(t, server.Close())
				time.Sleep(time.Minute)
				synctest.Wait()
				seen := a.attempts()
				if len(seen) != 1 || !errors.Is(seen[0].Err, test.kind) || seen[0].Delay != 0 {
					t.Errorf("got %v, want one attempt, and no other", seen)
				}
				if text := a.log.String(); !strings.Contains(text, "gave up") {
					t.Errorf("logged %q", text)
				}
				a.detour.set(nil)
				a.serve("server")
				a.connect(self, "server") // a call begins anew
			})
		})
	}
}

func TestWantOfPermissionIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, &steady)
		server := a.serve("server")
		a.connect(a.client, "server")
		a.detour.set(func(context.Context, string) (net.Conn, error) { return nil, fs.ErrPermission })
		check(t, server.Close())
		time.Sleep(10 * time.Second)
		a.detour.set(nil)
		a.serve("server")
		check(t, lahja.WaitUntilConnectedTo(limited(t), a.client, "server"))
		if n := strings.Count(a.log.String(), "will try again"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, a.log)
		}
	})
}

// A bubble fails when a goroutine is left.
func TestEndStopsTheAttemptsAtOnce(t *testing.T) {
	stages := map[string]func(a *away){
		"in a pause": func(a *away) { a.detour.set(nobody) },
		"dialling":   func(a *away) {}, // the transport waits for a listener
		"introduced": func(a *away) {
			l := a.listen(silence)
			a.t.Cleanup(func() { l.Close() })
		},
		"almost ready": func(a *away) {
			l := a.listen(almost)
			a.t.Cleanup(func() { l.Close() })
		},
	}
	ends := map[string]func(ep *p2p.Endpoint) error{
		"close":    func(ep *p2p.Endpoint) error { return ep.Close() },
		"shutdown": func(ep *p2p.Endpoint) error { return ep.Shutdown(context.Background()) },
	}
	for stage, prepare := range stages {
		for name, end := range ends {
			t.Run(stage+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a := newAway(t, &steady)
					server := a.serve("server")
					a.connect(a.client, "server")
					check(t, server.Close())
					prepare(a)
					time.Sleep(150 * time.Millisecond)
					synctest.Wait()
					started := time.Now()
					check(t, end(a.client))
					if took := time.Since(started); took != 0 {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

// Who waits for the end of a connection may connect again at once: the table says that the
// peer has gone a moment before its connection knows why.
func TestConnectAsSoonAsAPeerIsGone(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		gone, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		n.opts.Observer = func(o lahja.Observation) {
			if o.Endpoint == "client" && o.Kind == lahja.Disconnected {
				once.Do(func() {
					close(gone)
					<-goOn
				})
			}
		}
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		closed := make(chan error, 1)
		go func() { closed <- server.Close() }()
		<-gone
		connected := make(chan error, 1)
		go func() { connected <- client.ConnectToEndpoints(limited(t), n.config("server")) }()
		for !p2p.IsDialling(client, "server") {
			select {
			case err := <-connected:
				close(goOn)
				t.Fatalf("connecting to a peer that has gone: got %v before its connection had ended", err)
			case <-time.After(time.Millisecond):
			}
		}
		close(goOn)
		check(t, <-closed)
		n.serve("server")
		check(t, <-connected)
	})
}
