package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/lahja/go-lahja/tools/bench"
)

// overRedis is Redis's publish/subscribe over a Unix socket. Its server is the program redis-server,
// which keeps nothing on disk. Redis has no requests: in a round trip each side publishes on a
// channel that the other has subscribed to.
var overRedis = bench.Carrier{Name: "redis", Missing: missingRedis, Serve: serveRedis, Publish: publishRedis, Receive: receiveRedis,
	Answer: answerRedis, Ask: askRedis}

const (
	redisServer = "redis-server"
	// redisEvents is the channel of the events and requests, redisAnswers that of answers.
	redisEvents, redisAnswers = "lahja.bench", "lahja.bench.answers"
	// redisBatch is how many bytes are published at once: a call for each event would wait for
	// the server each time. It is what the baselines on bare sockets coalesce.
	redisBatch = 64 << 10
	// redisPending is what the server holds for a slow subscriber before it ends its connection,
	// which ends the run. The default, 32 MB, is less than the cases need at worst.
	redisPending = "128mb"
)

func missingRedis() error {
	if runtime.GOOS != "linux" {
		return errors.New("the processor time of another program is known on Linux alone")
	}
	if _, err := exec.LookPath(redisServer); err != nil {
		return fmt.Errorf("install Redis's server: %w", err)
	}
	return nil
}

func serveRedis(_ context.Context, p bench.Process) (string, error) {
	socket := filepath.Join(p.Dir(), "redis.ipc")
	ready := &watcher{seen: make(chan struct{})}
	server := exec.Command(redisServer, "--port", "0", "--unixsocket", socket, "--dir", p.Dir(), "--save", "",
		"--client-output-buffer-limit", "pubsub", redisPending, redisPending, "0")
	server.Stdout = ready
	if err := p.Start(server); err != nil {
		return "", err
	}
	<-ready.seen // If the server ends instead, so does the run.
	return socket, nil
}

// watcher waits for the line that says that the server accepts connections.
type watcher struct {
	seen chan struct{}
	once sync.Once
	text []byte
}

func (w *watcher) Write(b []byte) (int, error) {
	w.text = append(w.text, b...)
	if bytes.Contains(w.text, []byte("eady to accept connections")) {
		w.once.Do(func() { close(w.seen) })
	}
	w.text = w.text[bytes.LastIndexByte(w.text, '\n')+1:]
	return len(b), nil
}

// connectRedis connects with the client's default settings, except that it does not send anything
// again: events would come twice.
func connectRedis(p bench.Process) *redis.Client {
	return redis.NewClient(&redis.Options{Network: "unix", Addr: p.Address(), MaxRetries: -1})
}

type redisPublisher struct {
	batch   redis.Pipeliner
	waiting int
}

func publishRedis(_ context.Context, p bench.Process) (bench.Publisher, error) {
	return &redisPublisher{batch: connectRedis(p).Pipeline()}, p.Listening()
}

func (r *redisPublisher) Publish(ctx context.Context, data []byte) error {
	r.batch.Publish(ctx, redisEvents, data) // Exec returns its error.
	if r.waiting += len(data); r.waiting < redisBatch {
		return nil
	}
	return r.Flush(ctx)
}

func (r *redisPublisher) Flush(ctx context.Context) error {
	r.waiting = 0
	_, err := r.batch.Exec(ctx)
	return err
}

// subscribeRedis returns once the server knows the subscription.
func subscribeRedis(ctx context.Context, client *redis.Client, channel string) (*redis.PubSub, error) {
	s := client.Subscribe(ctx, channel)
	_, err := s.Receive(ctx)
	return s, err
}

// receiveRedis reads the subscription itself: the client's channel of messages drops them if
// nobody takes them for a while.
func receiveRedis(ctx context.Context, p bench.Process, got func([]byte)) error {
	return eventsOfRedis(ctx, connectRedis(p), p.Ready, func(data []byte) error {
		got(data)
		return nil
	})
}

// eventsOfRedis calls subscribed once the server knows the subscription, and then handle for each
// event.
func eventsOfRedis(ctx context.Context, client *redis.Client, subscribed func() error, handle func(data []byte) error) error {
	s, err := subscribeRedis(ctx, client, redisEvents)
	if err != nil {
		return err
	}
	if err := subscribed(); err != nil {
		return err
	}
	for {
		m, err := s.ReceiveMessage(ctx)
		if err != nil {
			return err
		}
		if err := handle([]byte(m.Payload)); err != nil {
			return err
		}
	}
}

func answerRedis(ctx context.Context, p bench.Process, answer func([]byte) []byte) error {
	client := connectRedis(p)
	return eventsOfRedis(ctx, client, p.Listening, func(request []byte) error {
		return client.Publish(ctx, redisAnswers, answer(request)).Err()
	})
}

func askRedis(ctx context.Context, p bench.Process) (bench.Asker, error) {
	client := connectRedis(p)
	s, err := subscribeRedis(ctx, client, redisAnswers)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, request []byte) ([]byte, error) {
		if err := client.Publish(ctx, redisEvents, request).Err(); err != nil {
			return nil, err
		}
		m, err := s.ReceiveMessage(ctx)
		if err != nil {
			return nil, err
		}
		return []byte(m.Payload), nil
	}, nil
}
