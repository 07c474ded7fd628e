package recording_test

import (
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/recording"
)

// inherited is a ring as a child maps it.
func inherited(t *testing.T, parent *recording.Ring) *recording.Ring {
	t.Helper()
	fd, err := unix.Dup(int(parent.File().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := recording.Inherit(uintptr(fd))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestSharedRingIsReadByTheParent(t *testing.T) {
	parent, err := recording.NewShared(32)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.Close()
	if got := parent.Read(); len(got.Entries) != 0 || got.Missing == "" {
		t.Errorf("before it begins it has %+v", got)
	}
	child := inherited(t, parent)
	for n := range 40 {
		child.StepEnded(n, n, time.Second, nil)
	}
	child.Observe(lahja.Observation{Kind: lahja.EventSent, Peer: "b", Event: "T", ID: lahja.EventID{Instance: 1, Sequence: 2}})
	if err := parent.CloseFile(); err != nil {
		t.Fatal(err)
	}
	got := parent.Read()
	if got.Missing != "" || got.Lost != 9 || len(got.Entries) != 32 || time.Since(got.Began) > time.Minute {
		t.Fatalf("got %+v, want 32 entries, 9 lost", got)
	}
	if first, last := got.Entries[0], got.Entries[31]; first.Step != 9 || first.Took != time.Second || last.Kind != recording.Sent || last.Peer != "b" || last.Event != "T" {
		t.Errorf("the first one is %+v, the last one %+v", first, last)
	}
}

func TestInheritNeedsARing(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := unix.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Inherit(uintptr(fd)); err == nil {
		t.Error("an empty file is no ring, and was mapped")
	}
	if _, err := recording.Inherit(1 << 20); err == nil {
		t.Error("no descriptor is no ring, and was mapped")
	}
}

func TestARingIsFilledWithWhatAnotherOneHas(t *testing.T) {
	for name, records := range map[string]int{"nothing": -1, "begun": 0, "some": 5, "all room": 32, "more": 50} {
		from, err := recording.NewShared(32)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		if records >= 0 {
			child := inherited(t, from)
			for n := range records {
				child.Fault(fmt.Sprint("fault ", n))
				child.Observe(lahja.Observation{Kind: lahja.EventHandled, Peer: "b", Event: fmt.Sprint("T", n), ID: lahja.EventID{Instance: 1, Sequence: uint64(n)}})
			}
		}
		to, err := recording.NewShared(32)
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		sent := from.Bytes()
		if err := to.Fill(sent, -time.Hour); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want, got := from.Read(), to.Read()
		if records >= 0 {
			want.Began = want.Began.Add(-time.Hour)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", name, got, want)
		}
		if records < 32 && len(sent) > 4<<10 {
			t.Errorf("%s: %d bytes are sent of a ring that has little", name, len(sent))
		}
	}
}

// FuzzFill fills a ring with what another machine may send.
func FuzzFill(f *testing.F) {
	from, err := recording.NewShared(8)
	if err != nil {
		f.Fatal(err)
	}
	defer from.Close()
	f.Add(from.Bytes())
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		to, err := recording.NewShared(8)
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		if err := to.Fill(sent, time.Second); err == nil {
			to.Read()
		}
	})
}
