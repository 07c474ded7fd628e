//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package transports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// hasUnix is what the backend on Unix sockets can do besides.
var hasUnix = []engine.Capability{engine.SocketFiles, engine.PeerCredentials, engine.RawConnections, engine.Takeover}

// Dial implements lahja.Transport.
func (t PortFiles) Dial(ctx context.Context, path string) (net.Conn, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	address, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if err := listening(file); err != nil {
		return nil, err
	}
	return t.dial(ctx, string(address), func(ctx context.Context) error { return watch(ctx, path, file) })
}

// announce is publish; it returns what removes the file.
func announce(ctx context.Context, path, address string) (withdraw func() error, err error) {
	file, err := publish(ctx, path, address)
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(os.Remove(path), file.Close()) }, nil
}

// watchEvery is how often a dial looks whether somebody listens at its path still.
const watchEvery = 50 * time.Millisecond

// watch returns when whoever wrote the file has gone, or somebody else listens at the path.
// Over UDP no packet would say so.
func watch(ctx context.Context, path string, file *os.File) error {
	mine, err := file.Stat()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
		if err = listening(file); err != nil {
			break
		}
		var now os.FileInfo
		if now, err = os.Stat(path); err == nil && !os.SameFile(mine, now) {
			err = fmt.Errorf("%s: another one listens there by now: %w", path, syscall.ECONNREFUSED)
		}
	}
	return err
}

// listening fails if the process that wrote the file has ended or does not listen any more.
// Over UDP a dialler would otherwise wait for it until its time is up.
func listening(file *os.File) error {
	err := lock(file, syscall.LOCK_SH)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil // The listener holds its lock.
	}
	if err != nil {
		return err
	}
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) // A successor may want it.
	return fmt.Errorf("%s: whoever listened there has ended: %w", file.Name(), syscall.ECONNREFUSED)
}

// publish writes the address to a file at path, whole from the first moment, and locks
// it for as long as it is open: the system gives the lock back with the process,
// however that ends. So the file of a listener that has died is known, and taken over.
// What happens at the address does not tell: a process that is being killed accepts
// connections for a while, and the port may be another listener's by now.
func publish(ctx context.Context, path, address string) (*os.File, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".port-")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", fs.ErrInvalid, err) // Waiting does not make the directory.
	}
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(address)
	if err := errors.Join(err, lock(file, syscall.LOCK_EX)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	for {
		err := os.Link(file.Name(), path)
		if errors.Is(err, fs.ErrExist) {
			var over bool
			if over, err = takeOver(ctx, path, file.Name()); err == nil && !over {
				continue // Somebody else was there first.
			}
		}
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return file, nil
	}
}

// dying is how long a process that is being killed may take to give its locks back: it
// waits for a processor as any other. Who listens where somebody lives learns of it after
// as long.
const dying = 250 * time.Millisecond

// takeOver replaces the file at path with another one, once the process that wrote it has
// ended. It reports whether it did. It does not if path has a different file by then, or none.
func takeOver(ctx context.Context, path, file string) (over bool, err error) {
	before, err := os.Open(path)
	if err != nil {
		return false, ignore(err, fs.ErrNotExist)
	}
	defer before.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, dying, syscall.EADDRINUSE)
	defer cancel()
	for {
		err := lock(before, syscall.LOCK_EX)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return false, err
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("%s: %w", path, context.Cause(ctx))
		case <-time.After(5 * time.Millisecond):
		}
	}
	mine, err := before.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(path)
	if err != nil {
		return false, ignore(err, fs.ErrNotExist)
	}
	if !os.SameFile(mine, now) {
		return false, nil
	}
	return true, os.Rename(file, path)
}

// lock locks a file, or fails with EWOULDBLOCK where somebody else's lock is in the way.
func lock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}

// ignore is err, unless it is that one.
func ignore(err, that error) error {
	if errors.Is(err, that) {
		return nil
	}
	return err
}
