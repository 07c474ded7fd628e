package relay

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// Names of files that an instrumented program writes.
const (
	meta      = "covmeta.0123456789abcdef0123456789abcdef"
	otherMeta = "covmeta.ffffffffffffffffffffffffffffffff"
	counted   = "covcounters.0123456789abcdef0123456789abcdef.17.1700000000000000000"
)

// writes is a placement of processes that write these files, and end.
type writes map[string][]byte

func (w writes) Start(_ context.Context, s subprocess.Spec) (subprocess.Process, error) {
	dir := ""
	for _, variable := range s.Env {
		if value, is := strings.CutPrefix(variable, "GOCOVERDIR="); is {
			dir = value
		}
	}
	for name, data := range w {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, err
		}
	}
	here, there := net.Pipe()
	return wrote{control: here}, there.Close()
}

func (writes) Close() []string { return nil }

// wrote is a process that has ended.
type wrote struct{ control subprocess.Control }

func (p wrote) Control() subprocess.Control          { return p.control }
func (wrote) Where() subprocess.Where                { return subprocess.Where{} }
func (wrote) Skew() (ahead, off time.Duration)       { return 0, 0 }
func (wrote) Pause(context.Context) error            { return nil }
func (wrote) Resume(context.Context) error           { return nil }
func (wrote) Dying()                                 {}
func (wrote) Kill()                                  {}
func (wrote) Wait(time.Duration) (e subprocess.Exit) { return e }
func (wrote) Clean(bool) []string                    { return nil }

// direct is a carrier to a process in this program.
type direct struct{ hosted *Hosted }

func (d *direct) Call(ctx context.Context, r Request) (Answer, error) { return d.hosted.Do(ctx, r) }
func (*direct) Send([]byte) error                                     { return nil }
func (*direct) Close()                                                {}

// clean runs a process that writes these files until it has been cleaned. It returns what was left,
// and how many bytes of counters were sent.
func clean(t *testing.T, files writes) (left []string, sent int) {
	t.Helper()
	dir, d := t.TempDir(), &direct{}
	p := NewProcess(d, subprocess.Spec{}, 0, 0)
	var err error
	d.hosted, err = Start(t.Context(), files, dir, Order{}, func(data []byte) error {
		if data[0] == saysCounted {
			sent += len(data) - 1
		}
		return p.Take(data)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, p.Control()); err != nil {
		t.Fatal(err)
	}
	p.Started("east", "", d.hosted.Started())
	p.Wait(time.Minute)
	left = p.Clean(false)
	if found, err := os.ReadDir(dir); err != nil || len(found) > 0 {
		t.Errorf("left on the machine: %v, %v", found, err)
	}
	return left, sent
}

// random is data that does not become smaller.
func random(size int) []byte {
	data := make([]byte, size)
	rand.Read(data)
	return data
}

// has expects that a directory has these files and no others.
func has(t *testing.T, dir string, files writes) {
	t.Helper()
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, not the %d of what was written, %v", name, len(got), len(want), err)
		}
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) != len(files) {
		t.Errorf("got %v, %v, want %d files", found, err, len(files))
	}
}

func TestCountersArriveWhereTheParentHasItsOwn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(envCounters, dir)
	files := writes{meta: random(3 * MaxChunk), counted: random(100), "tmp.covmeta.1": {1}, "key.pem": {2}}
	if left, _ := clean(t, files); len(left) > 0 {
		t.Error(left)
	}
	has(t, dir, writes{meta: files[meta], counted: files[counted]})

	next := strings.Replace(counted, ".17.", ".18.", 1)
	left, sent := clean(t, writes{meta: random(3 * MaxChunk), next: {3}})
	if len(left) > 0 || sent > MaxChunk {
		t.Errorf("left is %v, and %d bytes were sent, also of what the parent has", left, sent)
	}
	has(t, dir, writes{meta: files[meta], counted: files[counted], next: {3}})
}

func TestCountersThatNobodyWantsAreRemoved(t *testing.T) {
	t.Setenv(envCounters, "")
	if left, sent := clean(t, writes{meta: {1}, counted: {2}}); len(left) > 0 || sent > 0 {
		t.Errorf("left is %v, and %d bytes were sent", left, sent)
	}
}

func TestTooManyCountersAreNamed(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(envCounters, dir)
	left, sent := clean(t, writes{meta: make([]byte, maxCounters-2*framing), counted: {1}})
	want := "coverage: the driver's counters could not be sent: they have more than 64 MiB, and no more is sent of one process (on east)"
	if len(left) != 1 || left[0] != want || sent > 0 {
		t.Errorf("got %q, and %d bytes, want %q", left, sent, want)
	}
	if left, _ := clean(t, writes{otherMeta: make([]byte, maxCounters-2*framing)}); len(left) > 0 {
		t.Errorf("as much as is sent: %v", left)
	}
	t.Setenv(envCounters, filepath.Join(dir, "nowhere"))
	if left, _ := clean(t, writes{counted: {1}}); len(left) != 1 || !strings.Contains(left[0], "could not be kept") {
		t.Errorf("where there is no directory: %q", left)
	}
}

// archive is an archive with one file.
func archive(t *testing.T, name string) []byte {
	t.Helper()
	var packed bytes.Buffer
	to := tar.NewWriter(&packed)
	if err := to.WriteHeader(&tar.Header{Name: name, Size: 1, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(to, "x"); err != nil {
		t.Fatal(err)
	}
	return snappy.Encode(nil, packed.Bytes())
}

func TestAMachineWritesCountersAndNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "counters")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string][]byte{
		"another directory": archive(t, "../"+meta), "another file": archive(t, "run.sh"), "a path": archive(t, meta+"/../x"),
		"two lines": archive(t, meta+"\n"), "garbage": {1, 2}, "too much": snappy.Encode(nil, make([]byte, maxCounters+1)),
	} {
		if err := keepCounters(packed, dir); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	has(t, dir, writes{})
	p := NewProcess(&direct{}, subprocess.Spec{}, 0, 0)
	chunk := append([]byte{saysCounted}, make([]byte, MaxChunk-1)...)
	for range snappy.MaxEncodedLen(maxCounters)/(MaxChunk-1) + 1 {
		if p.Take(chunk) != nil {
			return
		}
	}
	t.Error("whatever was sent was taken")
}
