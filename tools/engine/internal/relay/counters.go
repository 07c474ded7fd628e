package relay

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/golang/snappy"
)

// envCounters names the directory to which an instrumented program (go build -cover) writes its
// coverage counters when it ends.
const envCounters = "GOCOVERDIR"

// EnvCounters is a variable of the environment for that directory.
func EnvCounters(dir string) string { return envCounters + "=" + dir }

// maxCounters bounds what is sent of the files that one process has written, uncompressed.
const maxCounters = 64 << 20

// framing is how much the archive needs for each file, at most, and at its end.
const framing = 1 << 10

// Counters asks for the coverage counters of a process.
type Counters struct {
	// Has are the names of files that the parent has, and which do not change: what counters mean.
	Has []string `json:"has,omitempty"`
}

// What an instrumented program writes: what its counters mean, once for each build, and the counters.
var (
	metaFile    = later(`^covmeta\.[0-9a-f]{32}$`)
	counterFile = later(`^covcounters\.[0-9a-f]{32}\.[0-9]{1,20}\.[0-9]{1,20}$`)
)

// later compiles an expression when it is needed: most drivers' processes never do.
func later(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

func isCounters(name string) bool {
	return metaFile().MatchString(name) || counterFile().MatchString(name)
}

// maxHas is how many files a parent names that it has; of any others it may get another copy.
const maxHas = 1000

// wantedCounters asks for counters if this program has a place for them.
func wantedCounters() *Counters {
	dir := os.Getenv(envCounters)
	if dir == "" {
		return nil
	}
	c := &Counters{}
	entries, _ := os.ReadDir(dir) // If it cannot be read, keeping the counters fails, too, and says so.
	for _, e := range entries {
		if metaFile().MatchString(e.Name()) && len(c.Has) < maxHas {
			c.Has = append(c.Has, e.Name())
		}
	}
	return c
}

// packCounters are the files in a directory that the parent has not, empty for none.
func packCounters(dir string, has []string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	to, size := tar.NewWriter(&packed), int64(framing)
	for _, e := range entries {
		if !isCounters(e.Name()) || slices.Contains(has, e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if size += info.Size() + framing; size > maxCounters {
			return nil, fmt.Errorf("they have more than %d MiB, and no more is sent of one process", maxCounters>>20)
		}
		if err := packFile(to, filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	if packed.Len() == 0 {
		return nil, nil
	}
	if err := to.Close(); err != nil {
		return nil, err
	}
	return snappy.Encode(nil, packed.Bytes()), nil
}

func packFile(to *tar.Writer, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := to.WriteHeader(&tar.Header{Name: filepath.Base(file), Size: int64(len(data)), Mode: 0o644}); err != nil {
		return err
	}
	_, err = to.Write(data)
	return err
}

// keepCounters writes files that have arrived to a directory.
func keepCounters(packed []byte, dir string) error {
	if n, err := snappy.DecodedLen(packed); err != nil || n > maxCounters {
		return fmt.Errorf("they would have %d bytes, of at most %d MiB: %w", n, maxCounters>>20, cmp.Or(err, snappy.ErrTooLarge))
	}
	unpacked, err := snappy.Decode(nil, packed)
	if err != nil {
		return err
	}
	for from := tar.NewReader(bytes.NewReader(unpacked)); ; {
		file, err := from.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !isCounters(file.Name):
			return fmt.Errorf("%.100q is no file of counters", file.Name)
		}
		if err := keepFile(from, filepath.Join(dir, file.Name)); err != nil {
			return err
		}
	}
}

// keepFile writes a file, unless it is there, as it then is the same. It appears once it is whole.
func keepFile(from io.Reader, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	making, err := os.CreateTemp(filepath.Dir(path), "arriving-")
	if err != nil {
		return err
	}
	_, err = io.Copy(making, from)
	err = errors.Join(err, making.Chmod(0o644), making.Close())
	if err == nil {
		err = os.Rename(making.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(making.Name()))
	}
	return nil
}
