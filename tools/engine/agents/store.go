package agents

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// bucket is the object store that has the programs, by the hash of their content, and stream the
	// stream beneath it.
	bucket = "lahja-programs"
	stored = "OBJ_" + bucket
	// storedFor is how long a program stays there at most.
	storedFor = 7 * 24 * time.Hour
	// storeTime bounds how long the store may take to answer. It writes to a disk that others use, too.
	storeTime = 30 * time.Second
)

// store is where programs are at NATS.
type store struct {
	js      jetstream.JetStream
	objects jetstream.ObjectStore
	stream  jetstream.Stream
}

// openStore returns the store.
func openStore(ctx context.Context, conn *nats.Conn) (s store, err error) {
	s.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(storeTime), jetstream.WithPublishAsyncTimeout(storeTime))
	if err != nil {
		return s, fmt.Errorf("agents: the store of programs: %w", err)
	}
	s.objects, err = s.js.ObjectStore(ctx, bucket)
	if err == nil {
		s.stream, err = s.js.Stream(ctx, stored)
	}
	if err != nil {
		return s, fmt.Errorf("agents: the store of programs (does the NATS server have JetStream?): %w", err)
	}
	return s, nil
}

// makeStore makes the store, if there is none, and returns it.
func makeStore(ctx context.Context, conn *nats.Conn) (store, error) {
	s, err := openStore(ctx, conn)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return s, err
	}
	// If others make it at the same time, there is no harm.
	if _, err := s.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: bucket, TTL: storedFor,
		Description: "programs that lahja's agents run, by their SHA-256"}); err != nil {
		return s, fmt.Errorf("agents: make the store of programs: %w", err)
	}
	return openStore(ctx, conn)
}

// ship puts a program into the store, unless it is there or somebody else is about to put it there:
// then ship waits for that.
func ship(ctx context.Context, conn *nats.Conn, p hashed) error {
	s, err := makeStore(ctx, conn)
	if err != nil {
		return err
	}
	for seen := (claim{}); ; {
		if has, err := s.has(ctx, p.sum); has || err != nil {
			return err
		}
		if seen, err = s.claimed(ctx, p.sum, seen); err != nil {
			return err
		}
		if seen.lives() {
			if err := wait(ctx, claimLook); err != nil {
				return err
			}
			continue
		}
		if own, err := s.claim(ctx, p.sum, seen.number); err != nil {
			return err
		} else if own != 0 {
			return s.send(ctx, p, own)
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// has reports whether the program with this hash is there.
func (s store) has(ctx context.Context, sum string) (bool, error) {
	_, err := s.objects.GetInfo(ctx, sum)
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return false, fmt.Errorf("agents: look for the program in the store: %w", err)
	}
	return err == nil, nil
}

// send puts a program into the store. The claim for it is ours. Whoever had the claim before us may
// have put it there since we looked.
func (s store) send(ctx context.Context, p hashed, own uint64) error {
	defer s.hold(ctx, p.sum, own)()
	if has, err := s.has(ctx, p.sum); has || err != nil {
		return err
	}
	if err := s.prune(ctx); err != nil {
		return err
	}
	file, err := os.Open(p.path)
	if err != nil {
		return fmt.Errorf("agents: send the program: %w", err)
	}
	defer file.Close()
	if _, err := s.objects.Put(ctx, jetstream.ObjectMeta{Name: p.sum}, file); err != nil {
		return fmt.Errorf("agents: send the program: %w", err)
	}
	return nil
}

// prune makes room for one more program.
func (s store) prune(ctx context.Context) error {
	all, err := s.objects.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("agents: list the programs in the store: %w", err)
	}
	slices.SortFunc(all, func(a, b *jetstream.ObjectInfo) int { return b.ModTime.Compare(a.ModTime) })
	for _, old := range all[min(len(all), keepPrograms-1):] {
		if err := s.objects.Delete(ctx, old.Name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
			return fmt.Errorf("agents: remove an old program from the store: %w", err)
		}
	}
	return nil
}

// load writes a program to a file.
func (s store) load(ctx context.Context, sum string, file *os.File) (err error) {
	for _, wait := range chunkTimes {
		if err = file.Truncate(0); err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			return err
		}
		if err = s.loadOnce(ctx, sum, file, wait); !errors.Is(err, nats.ErrTimeout) {
			return err
		}
	}
	return err
}

// chunkTimes are how long an attempt to load a program waits for each chunk, which usually takes
// milliseconds. An attempt whose consumer the server does not serve is given up soon, and made anew;
// the last one leaves a slow network its time.
var chunkTimes = []time.Duration{5 * time.Second, 5 * time.Second, 10 * time.Second, storeTime}

func (s store) loadOnce(ctx context.Context, sum string, file *os.File, wait time.Duration) error {
	info, err := s.objects.GetInfo(ctx, sum)
	if err != nil {
		return err
	}
	chunks, err := s.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"$O." + bucket + ".C." + info.NUID}})
	if err != nil {
		return err
	}
	arriving, err := chunks.Messages()
	if err != nil {
		return err
	}
	defer arriving.Stop()
	h := sha256.New()
	to := io.MultiWriter(file, h)
	for range info.Chunks {
		// The time is one chunk's: a whole program may take as long as the network does.
		chunk, err := arriving.Next(jetstream.NextMaxWait(wait))
		if err != nil {
			return err
		}
		if _, err := to.Write(chunk.Data()); err != nil {
			return err
		}
	}
	if got := hexHash([sha256.Size]byte(h.Sum(nil))); got != sum {
		return fmt.Errorf("it has another program under this hash: %s, want %s", got, sum)
	}
	return nil
}
