package agents

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAnAgentKeepsTheProgramsThatItUsedLast(t *testing.T) {
	p := programs{dir: t.TempDir()}
	sum := func(i int) string { return fmt.Sprintf("%064x", i) }
	began := time.Now()
	for i := range keepPrograms + 2 { // The first is the oldest.
		if err := os.WriteFile(p.path(sum(i)), nil, 0o700); err != nil {
			t.Fatal(err)
		}
		used := began.Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(p.path(sum(i)), used, used); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(p.dir, "other")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if path, err := p.fetch(t.Context(), sum(0)); err != nil || path != p.path(sum(0)) {
		t.Fatalf("a program that is here: got %q, %v", path, err)
	}
	if err := p.prune(); err != nil {
		t.Fatal(err)
	}
	for i := range keepPrograms + 2 {
		_, err := os.Stat(p.path(sum(i)))
		if gone, want := err != nil, i >= 1 && i <= 3; gone != want {
			t.Errorf("program %d is gone: %v, want %v", i, gone, want)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is no program: %v", err)
	}
}

func TestANameThatIsNoHashIsRefused(t *testing.T) {
	for _, sum := range []string{"", "../../etc/passwd", strings.Repeat("/", 64)} {
		if _, err := (&programs{dir: t.TempDir()}).fetch(t.Context(), sum); err == nil || !strings.Contains(err.Error(), "is no hash") {
			t.Errorf("%q: got %v", sum, err)
		}
	}
}
