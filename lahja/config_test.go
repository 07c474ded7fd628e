package lahja

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, name := range []string{"a", "the server", "a.b-c_d", "...", strings.Repeat("n", 128)} {
		if err := ValidateName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "/", "../a", "a\x00", "a\n", "ü", "\xff", strings.Repeat("n", 129)} {
		if err := ValidateName(name); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v; want ErrInvalid", name, err)
		}
	}
}

func TestConfigFromName(t *testing.T) {
	dir := t.TempDir()
	got, err := ConfigFromName("server", dir)
	want := ConnectionConfig{Name: "server", Address: filepath.Join(dir, "server.ipc")}
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if got, err := ConfigFromName("server"); err != nil || got != (ConnectionConfig{Name: "server", Address: "server.ipc"}) {
		t.Errorf("without a base: got %v, %v; want server.ipc", got, err)
	}
	if _, err := ConfigFromName(".."); !errors.Is(err, ErrInvalid) {
		t.Errorf("without a base, a name that leads out: got %v; want ErrInvalid", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{file, filepath.Join(dir, "none"), ""} {
		if _, err := ConfigFromName("server", base); !errors.Is(err, ErrInvalid) {
			t.Errorf("base %q: got %v; want ErrInvalid", base, err)
		}
	}
	if _, err := ConfigFromName("../server", dir); !errors.Is(err, ErrInvalid) {
		t.Errorf("a name that leads out: got %v; want ErrInvalid", err)
	}
}
