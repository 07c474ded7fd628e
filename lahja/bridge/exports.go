package bridge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

func watchDirectory(dir string) (*fsnotify.Watcher, error) {
	changes, err := fsnotify.NewWatcher()
	if err == nil {
		if err = changes.Add(dir); err != nil {
			err = errors.Join(err, changes.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bridge: watch %s: %w", dir, err)
	}
	return changes, nil
}

// watch looks at the directory, whenever something changes there, until the bridge is closed. A
// socket is there a moment before anybody listens at it, so it looks again, less and less often.
func (b *Bridge) watch() {
	defer b.changes.Close()
	pause := look
	timer := time.NewTimer(pause)
	defer timer.Stop()
	var last string
	for {
		select {
		case <-b.life.Done():
			return
		case err := <-b.changes.Errors: // Some changes were missed.
			b.warn("the directory of sockets", err)
		case change := <-b.changes.Events:
			if !change.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename) {
				continue
			}
			pause = lookAgain
			b.drainChanges()
		case <-timer.C:
			pause = min(2*pause, look)
		}
		timer.Reset(pause)
		err := b.scan(b.life)
		if err != nil && err.Error() != last {
			b.warn("the directory of sockets", err)
		}
		last = fmt.Sprint(err)
	}
}

// drainChanges takes further changes that are known already: one look is enough for all.
func (b *Bridge) drainChanges() {
	for {
		select {
		case <-b.changes.Events:
		default:
			return
		}
	}
}

// scan finds sockets that have come or gone.
func (b *Bridge) scan(ctx context.Context) error {
	found, err := b.sockets()
	if err != nil {
		return err
	}
	come, gone := b.compare(found)
	for _, name := range gone {
		b.unexport(name)
	}
	for _, name := range come {
		b.export(ctx, name)
	}
	return nil
}

// sockets are the names of the sockets in the directory.
func (b *Bridge) sockets() (map[string]bool, error) {
	entries, err := os.ReadDir(b.opts.Sockets)
	if err != nil {
		return nil, fmt.Errorf("bridge: %w", err)
	}
	found := map[string]bool{}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), suffix)
		if ok && entry.Type()&fs.ModeSocket != 0 && lahja.ValidateName(name) == nil {
			found[name] = true
		}
	}
	return found, nil
}

// compare returns the names that may be exported now, and those that must be no more. It forgets
// why names were refused that nobody has any more.
func (b *Bridge) compare(found map[string]bool) (come, gone []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range found {
		if !b.exports[name] && b.imports[name] == nil && b.opts.exports(name) {
			come = append(come, name)
		}
	}
	for name := range b.exports {
		if !found[name] {
			gone = append(gone, name)
		}
	}
	for name := range b.refused {
		if !found[name] && !b.wanted[name] {
			delete(b.refused, name)
		}
	}
	return come, gone
}

// export lets the endpoint on that socket be found on the server, if it lives.
func (b *Bridge) export(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := b.knock(ctx, name); err != nil {
		if !left(err) && ctx.Err() == nil {
			b.refuse(name, fmt.Errorf("%s is a socket here that cannot be used: %w", name, err))
		}
		return
	}
	if err := b.listener.Listen(ctx, name); err != nil && b.life.Err() != nil {
		return
	} else if err != nil {
		b.refuse(name, fmt.Errorf("%s is %s, and cannot be exported: %w", name, b.place, err))
		return
	}
	b.mu.Lock()
	b.exports[name] = true
	delete(b.refused, name)
	b.mu.Unlock()
	b.log("an endpoint on a socket can be found on the server", "endpoint", name)
}

// knock finds out whether anybody listens at the socket of that name.
func (b *Bridge) knock(ctx context.Context, name string) error {
	conn, err := unix.Transport{}.Dial(ctx, b.opts.address(name))
	if err == nil {
		conn.Close()
	}
	return err
}

// left reports whether a socket could not be dialled because nobody listens there.
func left(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)
}

// unexport ends that, for an endpoint that has gone.
func (b *Bridge) unexport(name string) {
	b.mu.Lock()
	exported := b.exports[name]
	delete(b.exports, name)
	b.mu.Unlock()
	if exported {
		b.listener.Unlisten(name)
		b.log("an endpoint has gone from the sockets", "endpoint", name)
	}
}

// exported reports whether the endpoint of that name can be found on the server.
func (b *Bridge) exported(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.exports[name]
}

// refuse notes why a name is not exported or not imported, and logs it once.
func (b *Bridge) refuse(name string, reason error) {
	b.mu.Lock()
	known := b.refused[name] == reason.Error()
	b.refused[name] = reason.Error()
	b.mu.Unlock()
	if !known {
		b.warn("an endpoint cannot pass", reason, "endpoint", name)
	}
}
