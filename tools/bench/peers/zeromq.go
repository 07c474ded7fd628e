//go:build cgo && libzmq

package main

import (
	"context"
	"path/filepath"

	"github.com/pebbe/zmq4"

	"github.com/lahja/go-lahja/tools/bench"
)

// zeromq is ZeroMQ over ipc, its Unix sockets, with no server: the sender binds an XPUB socket, and
// receivers connect SUB sockets. Round trips use REQ and REP.
//
// A PUB socket drops events for a subscriber whose queue is full (1000 messages on each side by
// default). With XPUB_NODROP the sender waits for room instead, so nothing is lost. Everything
// else has its default.
var zeromq = bench.Carrier{Name: "zeromq", Publish: publishZeroMQ, Receive: receiveZeroMQ, Answer: answerZeroMQ, Ask: askZeroMQ}

func bindZeroMQ(p bench.Process, kind zmq4.Type) (*zmq4.Socket, error) {
	s, err := zmq4.NewSocket(kind)
	if err != nil {
		return nil, err
	}
	if kind == zmq4.XPUB {
		if err := s.SetXpubNodrop(true); err != nil {
			return nil, err
		}
		// Otherwise it shows only the first of equal subscriptions.
		if err := s.SetXpubVerbose(1); err != nil {
			return nil, err
		}
	}
	if err := s.Bind(zeromqAddress(p)); err != nil {
		return nil, err
	}
	return s, p.Listening()
}

func zeromqAddress(p bench.Process) string { return "ipc://" + filepath.Join(p.Dir(), "zeromq.ipc") }

type zeromqPublisher struct{ socket *zmq4.Socket }

func publishZeroMQ(_ context.Context, p bench.Process) (bench.Publisher, error) {
	s, err := bindZeroMQ(p, zmq4.XPUB)
	if err != nil {
		return nil, err
	}
	for range p.Consumers() { // A subscription arrives as a message.
		if _, err := s.RecvBytes(0); err != nil {
			return nil, err
		}
	}
	return zeromqPublisher{s}, nil
}

func (z zeromqPublisher) Publish(_ context.Context, data []byte) error {
	_, err := z.socket.SendBytes(data, 0)
	return err
}

func (zeromqPublisher) Flush(context.Context) error { return nil } // the library sends on its own thread

func receiveZeroMQ(_ context.Context, p bench.Process, got func([]byte)) error {
	s, err := connectZeroMQ(p, zmq4.SUB)
	if err != nil {
		return err
	}
	if err := s.SetSubscribe(""); err != nil { // everything, which costs least
		return err
	}
	if err := p.Ready(); err != nil {
		return err
	}
	for {
		data, err := s.RecvBytes(0)
		if err != nil {
			return err
		}
		got(data)
	}
}

func connectZeroMQ(p bench.Process, kind zmq4.Type) (*zmq4.Socket, error) {
	s, err := zmq4.NewSocket(kind)
	if err != nil {
		return nil, err
	}
	return s, s.Connect(zeromqAddress(p))
}

func answerZeroMQ(_ context.Context, p bench.Process, answer func([]byte) []byte) error {
	s, err := bindZeroMQ(p, zmq4.REP)
	if err != nil {
		return err
	}
	for {
		request, err := s.RecvBytes(0)
		if err != nil {
			return err
		}
		if _, err := s.SendBytes(answer(request), 0); err != nil {
			return err
		}
	}
}

func askZeroMQ(_ context.Context, p bench.Process) (bench.Asker, error) {
	s, err := connectZeroMQ(p, zmq4.REQ)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, request []byte) ([]byte, error) {
		if _, err := s.SendBytes(request, 0); err != nil {
			return nil, err
		}
		return s.RecvBytes(0)
	}, nil
}
