package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// natsSubject is the subject of the events.
const natsSubject = "lahja.bench"

// startNATS starts the server's process and returns its URL.
func startNATS(ctx context.Context, f *fleet) (string, error) {
	p, err := f.start("the NATS server", job{Role: "nats-server"})
	if err != nil {
		return "", err
	}
	said, err := f.expect(ctx, messageListening, p)
	if err != nil {
		return "", err
	}
	return said[0].URL, nil
}

func playNATSServer(_ context.Context, c *child) error {
	server, err := natstest.Start(nil)
	if err != nil {
		return err
	}
	return c.send(message{Kind: messageListening, URL: server.URL()})
}

// connectNATS connects with the client's default settings. Events that the client would only
// log or repair silently (dropped messages, a lost connection) end the run.
func (c *child) connectNATS() (*nats.Conn, error) {
	return nats.Connect(c.URL,
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			c.must(fmt.Errorf("NATS lost events: %w", err))
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.must(fmt.Errorf("NATS ended the connection: %w", err))
		}))
}

type natsOutlet struct {
	conn  *nats.Conn
	codec codec
}

func sendNATS(_ context.Context, c *child) (outlet, error) {
	conn, err := c.connectNATS()
	if err != nil {
		return nil, err
	}
	return natsOutlet{conn, codecOf(c.Codec)}, c.say(messageListening)
}

func (o natsOutlet) send(_ context.Context, b body) error {
	data, err := o.codec.encode(b)
	if err != nil {
		return err
	}
	return o.conn.Publish(natsSubject, data)
}

func (natsOutlet) flush() error { return nil } // the client flushes on its own goroutine

func receiveNATS(_ context.Context, c *child, t *tally) error {
	conn, err := c.connectNATS()
	if err != nil {
		return err
	}
	decode := codecOf(c.Codec).decode
	var b body
	_, err = conn.Subscribe(natsSubject, func(m *nats.Msg) {
		c.must(decode(m.Data, &b))
		c.must(t.got(b))
	})
	if err != nil {
		return err
	}
	if err := conn.Flush(); err != nil { // now the server knows the subscription
		return err
	}
	return c.say(messageReady)
}

func answerNATS(_ context.Context, c *child) error {
	conn, err := c.connectNATS()
	if err != nil {
		return err
	}
	codec := codecOf(c.Codec)
	var b body
	_, err = conn.Subscribe(natsSubject, func(m *nats.Msg) {
		c.must(codec.decode(m.Data, &b))
		data, err := codec.encode(b)
		c.must(err)
		c.must(m.Respond(data))
	})
	if err != nil {
		return err
	}
	if err := conn.Flush(); err != nil { // now the server knows the subscription
		return err
	}
	return c.say(messageListening)
}

// answerWait bounds one round trip of NATS: its client needs a bound.
const answerWait = 10 * time.Second

func askNATS(_ context.Context, c *child) (asker, error) {
	conn, err := c.connectNATS()
	if err != nil {
		return nil, err
	}
	codec := codecOf(c.Codec)
	return func(_ context.Context, b body) (body, error) {
		data, err := codec.encode(b)
		if err != nil {
			return body{}, err
		}
		m, err := conn.Request(natsSubject, data, answerWait)
		if err != nil {
			return body{}, err
		}
		var answer body
		err = codec.decode(m.Data, &answer)
		return answer, err
	}, nil
}
