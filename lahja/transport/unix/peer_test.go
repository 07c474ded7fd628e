//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func needsCredentials(t *testing.T) {
	if credentialsOf == nil {
		t.Skip("the kernel is not asked here")
	}
}

// kernel stands in for what the system's says of peers, nil for one that is not asked.
func kernel(t *testing.T, says func(fd int) (credentials, error)) {
	own := credentialsOf
	credentialsOf = says
	t.Cleanup(func() { credentialsOf = own })
}

func TestPeersAreChecked(t *testing.T) {
	needsCredentials(t)
	type peer struct{ uid, gid, pid int }
	var asked []peer
	refuse := true
	var log bytes.Buffer
	tr := Transport{Logger: slog.New(slog.NewTextHandler(&log, nil)), CheckPeer: func(uid, gid, pid int) error {
		asked = append(asked, peer{uid, gid, pid})
		if refuse {
			refuse = false
			return errors.New("not you")
		}
		return nil
	}}
	path := filepath.Join(directory(t), "s")
	ln := listen(t, tr, path)
	turnedAway, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer turnedAway.Close()
	admitted, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer admitted.Close()
	isRefused(t, ln, turnedAway, "not you")
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(admitted, make([]byte, 1)); err != nil {
		t.Errorf("the admitted connection: %v", err)
	}
	own := peer{os.Geteuid(), os.Getegid(), os.Getpid()}
	if runtime.GOOS == "freebsd" {
		own.pid = 0
	}
	if len(asked) != 2 || asked[0] != own {
		t.Errorf("asked about %+v; want twice %+v", asked, own)
	}
	if !strings.Contains(log.String(), "not you") {
		t.Errorf("the log does not say why: %q", log.String())
	}
}

func TestWhoListensIsCheckedAsWell(t *testing.T) {
	needsCredentials(t)
	path := filepath.Join(directory(t), "s")
	listen(t, Transport{}, path)
	no := errors.New("not you")
	tr := Transport{CheckPeer: func(int, int, int) error { return no }}
	if _, err := tr.Dial(t.Context(), path); !errors.Is(err, no) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v; want the refusal and fs.ErrPermission", err)
	}
}

func TestOneselfAndRootAreAdmitted(t *testing.T) {
	for _, c := range []struct {
		own, peer int
		admitted  bool
	}{
		{1000, 1000, true}, {1000, 0, true}, {1000, 1001, false}, {1000, 65534, false}, {1000, -1, false},
		{0, 0, true}, {0, 1000, false},
	} {
		err := credentials{uid: c.peer, gid: c.own, pid: 7}.admitted(c.own)
		if (err == nil) != c.admitted {
			t.Errorf("user %d at a process of user %d: got %v; want admitted: %v", c.peer, c.own, err, c.admitted)
		}
	}
	err := credentials{uid: 1001, pid: 7}.admitted(1000)
	if want := "the peer (process 7) runs as user 1001, this process as 1000; set CheckPeer"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v; want %q", err, want)
	}
}

// refusedEverywhere demands that what the kernel says keeps both who dials and who
// listens from having the other for a peer.
func refusedEverywhere(t *testing.T, tr Transport, reason string) {
	t.Helper()
	path := filepath.Join(directory(t), "s")
	var log bytes.Buffer
	tr.Logger = slog.New(slog.NewTextHandler(&log, nil))
	ln := listen(t, tr, path)
	if _, err := tr.Dial(t.Context(), path); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), reason) {
		t.Errorf("dialling: got %v; want fs.ErrPermission and %q", err, reason)
	}
	hungUp, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	hungUp.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	isRefused(t, ln, conn, reason)
	if !strings.Contains(log.String(), reason) {
		t.Errorf("the log does not say %q: %q", reason, log.String())
	}
}

// isRefused accepts the connection that was dialled, and demands that it says why it is
// refused, that nothing can be read from it, and that the dialler can be told.
func isRefused(t *testing.T, ln net.Listener, dialled net.Conn, reason string) {
	t.Helper()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r, ok := conn.(interface{ Refused() error })
	if !ok || r.Refused() == nil || !strings.Contains(r.Refused().Error(), reason) {
		t.Fatalf("accepted %T, want one that is refused for %q", conn, reason)
	}
	if _, err := dialled.Write([]byte("secret")); err != nil {
		t.Error(err)
	}
	if n, err := conn.Read(make([]byte, 10)); n != 0 || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read %d bytes, %v; want fs.ErrPermission", n, err)
	}
	if _, err := conn.Write([]byte("no")); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(dialled, make([]byte, 2)); err != nil {
		t.Errorf("the dialler was not told: %v", err)
	}
}

func TestOthersAreRefused(t *testing.T) {
	kernel(t, func(int) (credentials, error) { return credentials{uid: os.Geteuid() + 1, gid: os.Getegid()}, nil })
	refusedEverywhere(t, Transport{}, "set CheckPeer to admit it")
}

func TestWhomTheKernelDoesNotNameIsRefused(t *testing.T) {
	admit := func(int, int, int) error { return nil }
	for _, says := range []error{syscall.ENOTCONN, syscall.EOPNOTSUPP} {
		kernel(t, func(int) (credentials, error) { return credentials{}, says })
		refusedEverywhere(t, Transport{}, "does not say who the peer is")
		refusedEverywhere(t, Transport{CheckPeer: admit}, "does not say who the peer is")
	}
}

func TestWhereTheKernelIsNotAskedACheckIsRefused(t *testing.T) {
	kernel(t, nil)
	dir := directory(t)
	path := filepath.Join(dir, "s")
	tr := Transport{CheckPeer: func(int, int, int) error { return nil }}
	refused := func(doing string, err error) {
		t.Helper()
		if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, fs.ErrInvalid) || !strings.Contains(err.Error(), "CheckPeer") {
			t.Errorf("%s: got %v; want errors.ErrUnsupported, fs.ErrInvalid and CheckPeer", doing, err)
		}
	}
	_, err := tr.Listen(t.Context(), path)
	refused("listening", err)
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("listening left %q", got)
	}
	_, err = tr.Dial(t.Context(), path)
	refused("dialling, though nobody listens", err)
	ln := listen(t, Transport{}, path)
	conn, err := Transport{}.Dial(t.Context(), path)
	if err != nil {
		t.Fatalf("without a CheckPeer the mode protects: %v", err)
	}
	defer conn.Close()
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	refused("checking", tr.check(accepted.(*net.UnixConn)))
	accepted.Close()
}
