package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// natsCarrier is core NATS over TCP on the loopback interface: its server has no other sockets.
var natsCarrier = Carrier{Name: NATS, Serve: serveNATS, Publish: publishNATS, Receive: receiveNATS, Answer: answerNATS, Ask: askNATS}

// natsSubject is the subject of the events.
const natsSubject = "lahja.bench"

func serveNATS(context.Context, Process) (string, error) {
	server, err := natstest.Start(nil)
	if err != nil {
		return "", err
	}
	return server.URL(), nil
}

// connectNATS connects with the client's default settings. Events that the client would only
// log or repair silently (dropped messages, a lost connection) end the run.
func connectNATS(p Process) (*nats.Conn, error) {
	return nats.Connect(p.Address(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			p.Must(fmt.Errorf("NATS lost events: %w", err))
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			p.Must(fmt.Errorf("NATS ended the connection: %w", err))
		}))
}

type natsPublisher struct{ conn *nats.Conn }

func publishNATS(_ context.Context, p Process) (Publisher, error) {
	conn, err := connectNATS(p)
	if err != nil {
		return nil, err
	}
	return natsPublisher{conn}, p.Listening()
}

func (n natsPublisher) Publish(_ context.Context, data []byte) error {
	return n.conn.Publish(natsSubject, data)
}

func (natsPublisher) Flush(context.Context) error { return nil } // the client flushes on its own goroutine

func receiveNATS(_ context.Context, p Process, got func([]byte)) error {
	if err := subscribeNATS(p, func(m *nats.Msg) { got(m.Data) }); err != nil {
		return err
	}
	return p.Ready()
}

func answerNATS(_ context.Context, p Process, answer func([]byte) []byte) error {
	if err := subscribeNATS(p, func(m *nats.Msg) { p.Must(m.Respond(answer(m.Data))) }); err != nil {
		return err
	}
	return p.Listening()
}

// subscribeNATS returns once the server knows the subscription.
func subscribeNATS(p Process, handle nats.MsgHandler) error {
	conn, err := connectNATS(p)
	if err != nil {
		return err
	}
	if _, err := conn.Subscribe(natsSubject, handle); err != nil {
		return err
	}
	return conn.Flush()
}

// answerWait bounds one round trip of NATS: its client needs a bound.
const answerWait = 10 * time.Second

func askNATS(_ context.Context, p Process) (Asker, error) {
	conn, err := connectNATS(p)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, request []byte) ([]byte, error) {
		m, err := conn.Request(natsSubject, request, answerWait)
		if err != nil {
			return nil, err
		}
		return m.Data, nil
	}, nil
}
