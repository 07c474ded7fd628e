//go:build unix

package stdio

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// home is a machine of which only the user's home matters.
type home string

func (h home) run(ctx context.Context, command string, in io.Reader) (string, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Stdin = string(h), in
	out, err := cmd.Output()
	return string(out), err
}

// cut is the same, but what it reads is cut off.
func (h home) cut(ctx context.Context, command string, in io.Reader) (string, error) {
	if in != nil {
		in = io.LimitReader(in, 1000)
	}
	return h.run(ctx, command, in)
}

func (h home) programs(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(string(h), ".cache", "lahja-programs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAProgramThatIsCutOffIsNotKept(t *testing.T) {
	h := home(t.TempDir())
	if _, err := Equip(t.Context(), h.cut, ""); err == nil || !strings.Contains(err.Error(), "send the program") {
		t.Errorf("got %v", err)
	}
	p, err := relay.Program()
	if err != nil {
		t.Fatal(err)
	}
	if command, err := Equip(t.Context(), h.run, ""); err != nil || command != "exec env LAHJA_RELAY=1 '.cache/lahja-programs'/"+p.Sum {
		t.Errorf("got %s, %v", command, err)
	}
	if _, err := Equip(t.Context(), h.cut, ""); err != nil {
		t.Errorf("it is there, and was sent again: %v", err)
	}
}

func TestAMachineKeepsTheProgramsThatItUsedLast(t *testing.T) {
	h := home(t.TempDir())
	if _, err := Equip(t.Context(), h.run, ""); err != nil {
		t.Fatal(err)
	}
	own := h.programs(t)[0]
	for i := range relay.KeepPrograms + 2 {
		file, used := filepath.Join(filepath.Dir(own), fmt.Sprintf("%064x", i)), time.Now().Add(time.Duration(i-100)*time.Hour)
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, used, used); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	if _, err := Equip(t.Context(), h.run, ""); err != nil {
		t.Fatal(err)
	}
	all := h.programs(t)
	if len(all) != relay.KeepPrograms {
		t.Errorf("%d programs are kept, want %d", len(all), relay.KeepPrograms)
	}
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(own), fmt.Sprintf("%064x", 2))); err == nil {
		t.Error("an old program is kept")
	}
}

func TestWhatAMachineIs(t *testing.T) {
	for said, want := range map[string]string{
		"Linux x86_64 has\n":                  "linux/amd64 true <nil>",
		"Last login: today\nLinux aarch64 \n": "linux/arm64 false <nil>",
		"Darwin arm64":                        "darwin/arm64 false <nil>",
		"":                                    " false it does not say what system it has (uname -sm): ",
	} {
		platform, has, err := understand(said)
		if got := fmt.Sprint(platform, " ", has, " ", err); got != want {
			t.Errorf("%q: got %s, want %s", said, got, want)
		}
	}
}
