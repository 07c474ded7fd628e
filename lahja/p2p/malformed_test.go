package p2p_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// Whatever comes instead of a hello, or later, ends that one connection.
func TestMalformedInputEndsThatConnectionAlone(t *testing.T) {
	event := func(m wire.EventMsg) []byte { return wire.AppendEvent(nil, m, -1) }
	huge := binary.BigEndian.AppendUint32(nil, 1<<31)
	strange := map[string][]byte{
		"http":           []byte("GET / HTTP/1.1\r\n\r\n"),
		"zero length":    {0, 0, 0, 0},
		"huge length":    huge,
		"ready first":    wire.ReadyMsg{}.Append(nil),
		"event first":    event(wire.EventMsg{Type: "test/tick", Sequence: 1}),
		"empty name":     helloOf("", 1).Append(nil),
		"slash in name":  helloOf("../x", 1).Append(nil),
		"other protocol": wire.HelloMsg{Version: 99, Codec: "cbor", Name: "x", Instance: 1}.Append(nil),
		"other codec":    wire.HelloMsg{Version: wire.Version, Codec: "gob", Name: "x", Instance: 1}.Append(nil),
	}
	later := map[string][]byte{
		"unknown kind":        {0, 0, 0, 1, 200},
		"second hello":        helloOf("x", 1).Append(nil),
		"second ready":        append(wire.ReadyMsg{}.Append(nil), wire.ReadyMsg{}.Append(nil)...),
		"truncated event":     {0, 0, 0, 2, byte(wire.Event), 0},
		"undecodable payload": event(wire.EventMsg{Type: "test/tick", Sequence: 1, Payload: []byte{0xff, 0xff}}),
		"oversized event":     event(wire.EventMsg{Type: "test/blob", Sequence: 1, Payload: make([]byte, 20<<20)}),
		"number with a tail":  {0, 0, 0, 3, byte(wire.Ping), 1, 1},
	}
	each(t, func(t *testing.T, n *network) {
		refused := make(chan error, 100)
		lost := make(chan error, 100)
		n.opts.Observer = func(o lahja.Observation) {
			switch {
			case o.Endpoint == "server" && o.Kind == lahja.Refused:
				refused <- o.Err
			case o.Endpoint == "server" && o.Kind == lahja.Disconnected && o.Peer == "raw":
				lost <- o.Err
			}
		}
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, server)
		n.connect(client, "server")
		for name, bytes := range strange {
			r := n.dialRaw("server")
			r.send(bytes)
			r.ended()
			if err := <-refused; err == nil {
				t.Errorf("%s: no reason", name)
			}
		}
		for name, bytes := range later {
			r := n.join("server", "raw", nil)
			check(t, lahja.WaitUntilConnectedTo(limited(t), server, "raw"))
			_, _ = r.conn.Write(bytes) // the server may have seen enough before it ends
			r.ended()
			if err := <-lost; !errors.Is(err, lahja.ErrMalformed) && !errors.Is(err, lahja.ErrTooLarge) {
				t.Errorf("%s: ended for %v, want malformed or too large", name, err)
			}
		}
		check(t, lahja.Broadcast(t.Context(), client, Tick{N: 3}))
		if e := next(t, ticks); e.Data.N != 3 {
			t.Errorf("got %v, want 3", e)
		}
	})
}

// Choosy is an event that not every value of its shape is.
type Choosy struct{ Name Name }

// Name is not empty where it arrives.
type Name string

func (Choosy) EventName() string { return "test/choosy" }

func (n Name) MarshalText() ([]byte, error) { return []byte(n), nil }

func (n *Name) UnmarshalText(b []byte) error {
	if *n = Name(b); len(b) == 0 {
		return errors.New("the name is empty")
	}
	return nil
}

// ChoosyPing is answered with a Choosy.
type ChoosyPing struct{ lahja.Expects[Choosy] }

func (ChoosyPing) EventName() string { return "test/choosy-ping" }

func TestEventThatDoesNotFitItsTypeCostsThatEventAlone(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		dropped := make(chan lahja.Observation, 10)
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.EventDropped {
				dropped <- o
			}
		}
		server, client := n.serve("server"), n.run("client")
		events := stream[Choosy](t, server)
		_, err := lahja.Subscribe(client, func(ctx context.Context, e lahja.Event[ChoosyPing]) error {
			return e.Respond(ctx, Choosy{})
		})
		check(t, err)
		n.connect(client, "server")
		check(t, lahja.Broadcast(t.Context(), client, Choosy{}))
		o := <-dropped
		if text := is(t, o.Err, lahja.ErrMalformed); o.Event != "test/choosy" || o.Peer != "client" || !strings.Contains(text, "the name is empty") {
			t.Errorf("dropped %+v, want the event of the client and the reason", o)
		}
		_, err = lahja.Request(limited(t), server, ChoosyPing{})
		is(t, err, lahja.ErrMalformed)
		<-dropped
		check(t, lahja.Broadcast(t.Context(), client, Choosy{Name: "x"}))
		if e := next(t, events); e.Data.Name != "x" {
			t.Errorf("got %v, want x", e)
		}
	})
}

func TestRefusalsBearTheirReason(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.serve("server")
		n.join("server", "peer", nil)
		for name, test := range map[string]struct {
			hello wire.HelloMsg
			code  wire.RefuseCode
			text  string
		}{
			"version":       {wire.HelloMsg{Version: 99}, wire.RefuseProtocol, "version 99, not 1"},
			"codec":         {wire.HelloMsg{Version: wire.Version, Codec: "gob", Name: "x", Instance: 1}, wire.RefuseProtocol, `"gob"`},
			"own name":      {helloOf("server", 1), wire.RefuseName, "too"},
			"another's run": {helloOf("mallory", runOf("peer")), wire.RefuseName, `the run of "peer"`},
		} {
			r := n.dialRaw("server")
			r.send(test.hello.Append(nil))
			m, err := wire.ParseRefuse(r.expect(wire.Refuse))
			check(t, err)
			if m.Code != test.code || !strings.Contains(m.Reason, test.text) {
				t.Errorf("%s: got %+v, want %v with %q", name, m, test.code, test.text)
			}
			r.ended()
		}
	})
}

// Somebody who listens and is no endpoint, or an endpoint of another kind.
func TestDiallerRefusesWhoAnswersWrongly(t *testing.T) {
	for name, test := range map[string]struct {
		answer []byte
		want   error
		text   string
	}{
		"other name":    {helloOf("other", 5).Append(nil), lahja.ErrConnectionAttemptRejected, `"other"`},
		"other version": {wire.HelloMsg{Version: 99}.Append(nil), lahja.ErrConnectionAttemptRejected, "version 99"},
		"other codec":   {wire.HelloMsg{Version: wire.Version, Codec: "gob", Name: "server", Instance: 5}.Append(nil), lahja.ErrConnectionAttemptRejected, "gob"},
		"http":          {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), lahja.ErrTooLarge, ""},
		"ready":         {wire.ReadyMsg{}.Append(nil), lahja.ErrMalformed, "not hello"},
		"refusal":       {wire.RefuseMsg{Code: wire.RefuseLimit, Reason: "full"}.Append(nil), lahja.ErrConnectionAttemptRejected, "full"},
		"later refusal": {append(helloOf("server", 5).Append(nil), wire.RefuseMsg{Code: wire.RefuseProtocol, Reason: "no"}.Append(nil)...), lahja.ErrConnectionAttemptRejected, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			client := n.run("client")
			l, err := n.opts.Transport.Listen(t.Context(), n.config("server").Address)
			check(t, err)
			defer l.Close()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				conn.Write(test.answer)
				for in := wire.NewReader(conn); err == nil; {
					_, _, err = in.Next(1 << 20)
				}
			}()
			err = client.ConnectToEndpoints(limited(t), n.config("server"))
			if text := is(t, err, test.want); !strings.Contains(text, test.text) {
				t.Errorf("got %q, want %q in it", text, test.text)
			}
			if got := client.Peers().Peers; len(got) != 1 {
				t.Errorf("connected to %v, want nobody else", got)
			}
		})
	}
}

func TestConnectionThatSaysNothingIsEnded(t *testing.T) {
	for name, say := range map[string]func(*raw){
		"nothing":       func(*raw) {},
		"only hello":    func(r *raw) { r.send(helloOf("x", 1).Append(nil)) },
		"half a length": func(r *raw) { r.send([]byte{0, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				server := n.serve("server")
				r := n.dialRaw("server")
				say(r)
				r.ended()
				check(t, server.Close())
			})
		})
	}
}

// lines is a log whose lines can be waited for.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// with waits for the line with that text.
func (l lines) with(t *testing.T, text string) string {
	t.Helper()
	for {
		select {
		case line := <-l:
			if strings.Contains(line, text) {
				return line
			}
		case <-limited(t).Done():
			t.Fatalf("no line of the log has %q", text)
		}
	}
}

func TestMalformedInputIsLoggedWithItsReason(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		log := make(lines, 100)
		n.opts.Logger = slog.New(slog.NewTextHandler(log, nil))
		n.serve("server")
		n.dialRaw("server").send([]byte("GET / HTTP/1.1\r\n\r\n"))
		if line := log.with(t, "incoming connection refused"); !strings.Contains(line, "too large") {
			t.Errorf("got %s, want it to say that the frame is too large", line)
		}
		r := n.join("server", "raw", nil)
		r.send([]byte{0, 0, 0, 1, 200})
		if line := log.with(t, "connection ended"); !strings.Contains(line, "peer=raw") || !strings.Contains(line, "unknown kind") {
			t.Errorf("got %s, want it to name the peer and the unknown kind", line)
		}
	})
}

// Whoever wants to know whether anybody listens connects and says nothing.
func TestConnectionThatEndsAtOnceIsNoWarning(t *testing.T) {
	n := memoryNetwork(t)
	log := make(lines, 100)
	n.opts.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	n.serve("server")
	check(t, n.dialRaw("server").conn.Close())
	if line := log.with(t, "incoming connection refused"); !strings.Contains(line, "level=DEBUG") {
		t.Errorf("got %s, want it for debugging alone", line)
	}
}
