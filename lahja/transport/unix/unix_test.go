//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/lahja/go-lahja/internal/testkit"
)

var directory = testkit.ShortDir

func listen(t testing.TB, tr Transport, path string) net.Listener {
	t.Helper()
	ln, err := tr.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// stale leaves the file of a socket that nobody listens at.
func stale(t testing.TB, path string) {
	t.Helper()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestConn(t *testing.T) {
	ln := listen(t, Transport{}, filepath.Join(directory(t), "s"))
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		if c1, err = (Transport{}).Dial(t.Context(), ln.Addr().String()); err != nil {
			return nil, nil, nil, err
		}
		if c2, err = ln.Accept(); err != nil {
			return nil, nil, nil, err
		}
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	dir := directory(t)
	ln := listen(t, Transport{}, filepath.Join(dir, "s"))
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("listening made %q; want one socket", got)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("Close left %q", got)
	}
	if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closing again: got %v; want net.ErrClosed", err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: got %v; want net.ErrClosed", err)
	}
}

func TestCloseOfAMissingSocketIsFine(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	ln := listen(t, Transport{}, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesWhatIsNotItsOwn(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	old := listen(t, Transport{}, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listen(t, Transport{}, path)
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	conn, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatalf("the new listener's socket is gone: %v", err)
	}
	conn.Close()
}

func TestSocketsAreForTheirUserAlone(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(directory(t), "s")
	listen(t, Transport{}, path)
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the socket has mode %o; want 600", got)
	}
}

func TestALiveSocketIsRefused(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	ln := listen(t, Transport{}, path)
	_, err := Transport{}.Listen(t.Context(), path)
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want EADDRINUSE that names %s", err, path)
	}
	// The probe was the first connection; the next one is served as ever.
	probe, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	if _, err := probe.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the probe: got %v; want io.EOF", err)
	}
}

func TestAStaleSocketIsTakenOver(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	stale(t, path)
	listen(t, Transport{}, path)
	conn, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestOfManyListenersOnOneStaleSocketOneWins(t *testing.T) {
	for round := range 20 {
		path := filepath.Join(directory(t), "s")
		stale(t, path)
		var all sync.WaitGroup
		start := make(chan struct{})
		won := make(chan net.Listener, 32)
		for range cap(won) {
			all.Go(func() {
				<-start
				ln, err := Transport{}.Listen(t.Context(), path)
				if err == nil {
					won <- ln
				} else if !errors.Is(err, syscall.EADDRINUSE) {
					t.Errorf("round %d: got %v; want EADDRINUSE", round, err)
				}
			})
		}
		close(start)
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("round %d: %d listeners have the path; want 1", round, len(won))
		}
		conn, err := Transport{}.Dial(t.Context(), path)
		if err != nil {
			t.Fatalf("round %d: the winner cannot be reached: %v", round, err)
		}
		conn.Close()
		(<-won).Close()
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	dir := directory(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(dir, strings.Repeat("x", maxPath))
	cases := []struct{ name, path, mend string }{
		{"empty", "", "empty"},
		{"too long", long, fmt.Sprint(len(long), " bytes, and a socket's can have ", maxPath)},
		{"abstract", "@s", "./@s"},
		{"zero byte", "a\x00b", "zero"},
		{"a file", file, "not a socket"},
		{"a link", link, "not a socket"},
		{"a directory", dir, "not a socket"},
		{"no directory", filepath.Join(dir, "none", "s"), "must exist"},
		{"a file for a directory", filepath.Join(file, "s"), "directory"},
	}
	for _, c := range cases {
		_, err := Transport{}.Listen(t.Context(), c.path)
		if err == nil || !strings.Contains(err.Error(), c.mend) {
			t.Errorf("%s: got %v; want an error that says %q", c.name, err, c.mend)
		}
		if !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: got %v; want fs.ErrInvalid", c.name, err)
		}
	}
	for _, path := range []string{"", long, "@s"} {
		if _, err := (Transport{}).Dial(t.Context(), path); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("dialling %q: got %v; want fs.ErrInvalid", path, err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "precious" {
		t.Errorf("the file that was in the way: got %q, %v", got, err)
	}
}

func TestTheLongestPathWorks(t *testing.T) {
	dir := directory(t)
	path := filepath.Join(dir, strings.Repeat("x", maxPath-len(dir)-1))
	listen(t, Transport{}, path)
	conn, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestDialFailsAtOnceWhereNobodyListens(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	if _, err := (Transport{}).Dial(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v; want fs.ErrNotExist", err)
	}
	stale(t, path)
	if _, err := (Transport{}).Dial(t.Context(), path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v; want ECONNREFUSED", err)
	}
}

func TestDialWaitsForAFullBacklog(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere a full backlog refuses")
	}
	path := filepath.Join(directory(t), "s")
	fd, err := socket()
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := (Transport{}).Dial(ctx, path); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("got %v; want EAGAIN until the context ended", err)
	}
	late := lateContext{t.Context(), time.Now().Add(20 * time.Millisecond)}
	if _, err := (Transport{}).Dial(late, path); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("with a deadline that the dialer sees first: got %v; want EAGAIN", err)
	}
	if _, err := (Transport{}).Listen(t.Context(), path); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listening where a backlog is full: got %v; want EADDRINUSE", err)
	}
	dialled := make(chan error, 1)
	go func() {
		second, err := Transport{}.Dial(t.Context(), path)
		if err == nil {
			second.Close()
		}
		dialled <- err
	}()
	ln, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for range 2 {
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if err := <-dialled; err != nil {
		t.Error(err)
	}
}

func TestALockedDirectoryBoundsListenByItsContext(t *testing.T) {
	dir := directory(t)
	unlock, err := lockDirectory(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := (Transport{}).Listen(ctx, filepath.Join(dir, "s")); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v; want the context's end and %s", err, dir)
	}
	unlock()
	listen(t, Transport{}, filepath.Join(dir, "s"))
}

func TestManyListenersLeakNoDescriptors(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc/self/fd here")
	}
	dir := directory(t)
	count := func() int { return len(names(t, "/proc/self/fd")) }
	round := func() {
		path := filepath.Join(dir, "s")
		ln, err := Transport{}.Listen(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Transport{}).Listen(t.Context(), path); err == nil {
			t.Fatal("a second listener at the path")
		}
		ln.Close()
	}
	round()
	before := count()
	for range 50 {
		round()
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}

// A lateContext has a deadline, and is not done when it has passed.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }
