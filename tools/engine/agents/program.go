package agents

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// keepPrograms is how many programs the store keeps, the newest ones, and an agent, those used last.
const keepPrograms = relay.KeepPrograms

// builds are this program's files and the hashes of their contents, by platform.
type builds map[string]hashed

type hashed struct{ path, sum string }

// buildsOf are this program itself, and its builds for other platforms in these files.
func buildsOf(others map[string]string) (builds, error) {
	p, err := relay.Program()
	if err != nil {
		return nil, fmt.Errorf("agents: %w", err)
	}
	all := builds{}
	for other, file := range others {
		p, err := relay.FileOf(file)
		if err != nil {
			return nil, fmt.Errorf("agents: the program for %s: %w", other, err)
		}
		all[other] = hashed{p.Path, p.Sum}
	}
	all[platform()] = hashed{p.Path, p.Sum}
	return all, nil
}

// othersFromEnvironment reads EnvPrograms.
func othersFromEnvironment() (map[string]string, error) {
	others := map[string]string{}
	for _, one := range list(EnvPrograms) {
		other, file, ok := strings.Cut(one, "=")
		if system, architecture, pair := strings.Cut(other, "/"); !ok || !pair || system == "" || architecture == "" || file == "" {
			return nil, fmt.Errorf("agents: %s: %q; each is like linux/arm64=FILE, with commas between them", EnvPrograms, one)
		}
		others[other] = file
	}
	return others, nil
}

// unfinished begins the names of programs that are being fetched, and stays there only if the agent is
// killed.
const unfinished = ".fetching-"

// programs is an agent's cache of programs, in a directory of its own.
type programs struct {
	conn *nats.Conn
	dir  string

	mu     sync.Mutex
	coming map[string]*coming
}

// coming is a program that an agent fetches.
type coming struct {
	arrived chan struct{}
	err     error // once it has arrived
}

func (p *programs) path(sum string) string { return filepath.Join(p.dir, sum) }

// fetch returns the file of a program, which it gets from the store unless it has it.
func (p *programs) fetch(ctx context.Context, sum string) (string, error) {
	c, err := p.begin(ctx, sum)
	if err != nil {
		return "", err
	}
	<-c.arrived
	return p.path(sum), c.err
}

// begin begins to fetch a program, unless it is here or on its way.
func (p *programs) begin(ctx context.Context, sum string) (*coming, error) {
	if len(sum) != 2*sha256.Size || filepath.Base(sum) != sum {
		return nil, fmt.Errorf("%q is no hash of a program", sum)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.coming[sum]; c != nil {
		return c, nil
	}
	c, now := &coming{arrived: make(chan struct{})}, time.Now()
	if os.Chtimes(p.path(sum), now, now) == nil { // It is here, and the last to be thrown away.
		close(c.arrived)
		return c, nil
	}
	if p.coming == nil {
		p.coming = map[string]*coming{}
	}
	p.coming[sum] = c
	go func() {
		c.err = p.get(ctx, sum)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.coming, sum)
		close(c.arrived)
	}()
	return c, nil
}

// get gets a program from the store.
func (p *programs) get(ctx context.Context, sum string) error {
	s, err := openStore(ctx, p.conn)
	if err != nil {
		return err
	}
	making, err := os.CreateTemp(p.dir, unfinished)
	if err != nil {
		return fmt.Errorf("keep the program: %w", err)
	}
	defer os.Remove(making.Name())
	err = s.load(ctx, sum, making)
	err = errors.Join(err, making.Chmod(0o700), making.Close())
	if err != nil {
		return fmt.Errorf("fetch the program from the store: %w", err)
	}
	if err := p.prune(); err != nil {
		return err
	}
	// The name is there once the program is whole.
	return os.Rename(making.Name(), p.path(sum))
}

// prune makes room for one more program: those that were used last stay.
func (p *programs) prune() error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return fmt.Errorf("look for old programs: %w", err)
	}
	var kept []os.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil: // It has gone meanwhile.
		case len(e.Name()) == 2*sha256.Size:
			kept = append(kept, info)
		case strings.HasPrefix(e.Name(), unfinished) && time.Since(info.ModTime()) > time.Hour:
			_ = os.Remove(p.path(e.Name())) // The next one tries again.
		}
	}
	slices.SortFunc(kept, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, old := range kept[min(len(kept), keepPrograms-1):] {
		if err := os.Remove(p.path(old.Name())); err != nil {
			return fmt.Errorf("remove an old program: %w", err)
		}
	}
	return nil
}
