package runlog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
)

// Build is the program that runs: its executable, byte by byte. Neither the revision
// nor the version of Go would do alone, as neither tells two states of a folder that is
// worked in.
type Build struct {
	// SHA256 is of the executable, in hexadecimal.
	SHA256 string `json:"build"`
	// Go and Revision are for people. Revision is empty where the build was not stamped,
	// as by `go run`.
	Go       string `json:"go"`
	Revision string `json:"revision"`

	path string
	info os.FileInfo
}

// ThisBuild is the build of this process.
func ThisBuild() (Build, error) {
	path, err := os.Executable()
	if err != nil {
		return Build{}, fmt.Errorf("find this program's file: %w", err)
	}
	return buildOf(path)
}

func buildOf(path string) (Build, error) {
	file, err := os.Open(path)
	if err != nil {
		return Build{}, fmt.Errorf("read this program's file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Build{}, fmt.Errorf("read this program's file: %w", err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return Build{}, fmt.Errorf("read this program's file: %w", err)
	}
	return Build{SHA256: hex.EncodeToString(hash.Sum(nil)), Go: runtime.Version(), Revision: revision(), path: path, info: info}, nil
}

func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, suffix := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			suffix = "+modified"
		}
	}
	return revision + suffix
}

// Check fails once the program's file has been replaced: children would be started
// from the new one, and the log would be of two builds.
func (b Build) Check() error {
	info, err := os.Stat(b.path)
	if err == nil && os.SameFile(info, b.info) && info.Size() == b.info.Size() && info.ModTime().Equal(b.info.ModTime()) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("it is another file, or was written to")
	}
	return fmt.Errorf("this program's file %s was replaced while it ran, and children would be of another build; "+
		"build to another place while it runs: %w", b.path, err)
}

func (b Build) String() string {
	text := fmt.Sprintf("build %.12s of %s", b.SHA256, b.Go)
	if b.Revision != "" {
		text += " at " + b.Revision
	}
	return text
}
