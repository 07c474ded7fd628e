package main

import (
	"context"
	"math"
	"net"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"

	"github.com/lahja/go-lahja/tools/bench"
)

// overGRPC is gRPC over a Unix socket, without TLS. The sender is the server. Each receiver opens a
// stream, and the sender sends each event on every stream in turn: that only queues it, and waits
// while a stream's window is full. Round trips use one stream in both directions, which costs less
// than a call for each. Messages are the events' bytes, with no Protocol Buffers around them.
// Everything else has its default, except the largest message, as payloads can be larger.
var overGRPC = bench.Carrier{Name: "grpc", Publish: publishGRPC, Receive: receiveGRPC, Answer: answerGRPC, Ask: askGRPC}

const grpcService, grpcMethod = "lahja.bench", "Events"

// serveGRPC calls handle for each stream. The stream ends when handle returns.
func serveGRPC(ctx context.Context, p bench.Process, handle func(grpc.ServerStream) error) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", grpcSocket(p))
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.MaxRecvMsgSize(math.MaxInt32))
	stream := grpc.StreamDesc{StreamName: grpcMethod, ServerStreams: true, ClientStreams: true,
		Handler: func(_ any, s grpc.ServerStream) error { return handle(s) }}
	server.RegisterService(&grpc.ServiceDesc{ServiceName: grpcService, HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{stream}}, nil)
	go func() { p.Must(server.Serve(listener)) }()
	return p.Listening()
}

func grpcSocket(p bench.Process) string { return filepath.Join(p.Dir(), "grpc.ipc") }

type grpcPublisher []grpc.ServerStream

func publishGRPC(ctx context.Context, p bench.Process) (bench.Publisher, error) {
	opened := make(chan grpc.ServerStream)
	err := serveGRPC(ctx, p, func(s grpc.ServerStream) error {
		opened <- s
		<-s.Context().Done()
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all grpcPublisher
	for range p.Consumers() {
		all = append(all, <-opened)
	}
	return all, nil
}

func (all grpcPublisher) Publish(_ context.Context, data []byte) error {
	for _, s := range all {
		if err := s.SendMsg(&data); err != nil {
			return err
		}
	}
	return nil
}

func (grpcPublisher) Flush(context.Context) error { return nil } // each connection sends on its own goroutine

func openGRPC(ctx context.Context, p bench.Process) (grpc.ClientStream, error) {
	conn, err := grpc.NewClient("unix:"+grpcSocket(p), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{}), grpc.MaxCallRecvMsgSize(math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	return conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/"+grpcService+"/"+grpcMethod)
}

func receiveGRPC(ctx context.Context, p bench.Process, got func([]byte)) error {
	s, err := openGRPC(ctx, p)
	if err != nil {
		return err
	}
	if err := p.Ready(); err != nil {
		return err
	}
	var data []byte
	for {
		if err := s.RecvMsg(&data); err != nil {
			return err
		}
		got(data)
	}
}

func answerGRPC(ctx context.Context, p bench.Process, answer func([]byte) []byte) error {
	return serveGRPC(ctx, p, func(s grpc.ServerStream) error {
		var request []byte
		for {
			if err := s.RecvMsg(&request); err != nil {
				return err
			}
			reply := answer(request)
			if err := s.SendMsg(&reply); err != nil {
				return err
			}
		}
	})
}

func askGRPC(ctx context.Context, p bench.Process) (bench.Asker, error) {
	s, err := openGRPC(ctx, p)
	if err != nil {
		return nil, err
	}
	var answer []byte
	return func(_ context.Context, request []byte) ([]byte, error) {
		if err := s.SendMsg(&request); err != nil {
			return nil, err
		}
		err := s.RecvMsg(&answer)
		return answer, err
	}, nil
}

// rawCodec carries a *[]byte as it is. It reuses the memory of a message that is received.
type rawCodec struct{}

func (rawCodec) Name() string { return "raw" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	to := v.(*[]byte)
	if n := data.Len(); n > cap(*to) {
		*to = make([]byte, n)
	} else {
		*to = (*to)[:n]
	}
	data.CopyTo(*to)
	return nil
}
