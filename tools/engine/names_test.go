package engine_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

func TestANameIsItsListenersUntilThatProcessEnds(t *testing.T) {
	var table engine.NameTable
	first, second := table.Of("first"), table.Of("second")
	if _, err := first.Publish(t.Context(), "server", "a:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Publish(t.Context(), "server", "b:2"); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("publishing where somebody listens: got %v, want EADDRINUSE", err)
	}
	if l, err := second.Lookup(t.Context(), "server"); err != nil || l.Address != "a:1" {
		t.Errorf("got %v, %v, want the first listener", l, err)
	}
	table.Free("second")
	if _, err := second.Lookup(t.Context(), "server"); err != nil {
		t.Errorf("the end of another process freed the name: %v", err)
	}
	freed := time.AfterFunc(20*time.Millisecond, func() { table.Free("first") })
	defer freed.Stop()
	if _, err := second.Publish(t.Context(), "server", "b:2"); err != nil {
		t.Errorf("publishing while the process of the first one ends: got %v, want that it waits", err)
	}
}

func TestAWithdrawnListenerFreesNoSuccessorsName(t *testing.T) {
	var table engine.NameTable
	withdraw, err := table.Publish(t.Context(), "server", "a:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := withdraw(); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Publish(t.Context(), "server", "b:2"); err != nil {
		t.Fatal(err)
	}
	if err := withdraw(); err != nil { // A listener may be closed twice.
		t.Fatal(err)
	}
	if l, err := table.Lookup(t.Context(), "server"); err != nil || l.Address != "b:2" {
		t.Errorf("got %v, %v, want the successor", l, err)
	}
	if _, err := table.Lookup(t.Context(), "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unknown name: got %v", err)
	}
}
