//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// lockPatience bounds the wait for the directory. Listeners hold the lock for well under a
// millisecond; a longer hold is by something else.
const lockPatience = 10 * time.Second

// lockDirectory keeps other listeners out of the directory until unlock.
func lockDirectory(ctx context.Context, dir string) (unlock func(), err error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("unix: %w: the socket's directory must exist: %w", fs.ErrInvalid, err)
	}
	if err != nil {
		return nil, fmt.Errorf("unix: the socket's directory: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("unix: %w: %q must be a directory to have a socket in it; it is a file (%s)", fs.ErrInvalid, dir, info.Mode())
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("unix: the socket's directory: %w", err)
	}
	if err := flock(ctx, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Closing the only descriptor gives the lock back.
	return func() { _ = f.Close() }, nil
}

func flock(ctx context.Context, dir *os.File) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, fmt.Errorf("waited %v", lockPatience))
	defer cancel()
	for pause := backoff(0); ; pause = pause.next() {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("unix: locking the socket's directory %q: %w", dir.Name(), err)
		}
		if ended := pause.wait(ctx); ended != nil {
			return fmt.Errorf("unix: another process holds the lock (flock) of the socket's directory %q: %w", dir.Name(), ended)
		}
	}
}
