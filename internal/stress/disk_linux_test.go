package stress_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestFullDiskIsSaidAndLeavesNothing needs a disk of its own, which root alone can have.
func TestFullDiskIsSaidAndLeavesNothing(t *testing.T) {
	dir := testkit.ShortDir(t)
	if err := syscall.Mount("lahja", dir, "tmpfs", 0, "size=64k,nr_inodes=1"); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skipf("no file system can be mounted here, which a full disk takes: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	config := lahja.ConnectionConfig{Name: "server", Address: filepath.Join(dir, "server.ipc")}
	before := held(t)
	_, err := p2p.ServeEndpoint(t.Context(), config, nil)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), config.Address) || !strings.Contains(err.Error(), "use another directory") {
		t.Errorf("got %v; want ENOSPC, the path, and what mends it", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is in the directory (%v), want nothing", left, err)
	}
	nothingLeft(t, before)

	if err := syscall.Mount("lahja", dir, "tmpfs", syscall.MS_REMOUNT, "size=64k,nr_inodes=2"); err != nil {
		t.Fatal(err)
	}
	server, err := p2p.ServeEndpoint(t.Context(), config, nil)
	if err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}
