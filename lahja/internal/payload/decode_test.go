package payload

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// compact keeps its bytes within itself.
type compact struct {
	room  [8]byte
	bytes []byte
}

func (c compact) MarshalBinary() ([]byte, error) { return c.bytes, nil }

func (c *compact) UnmarshalBinary(data []byte) error {
	c.bytes = append(c.room[:0], data...)
	return nil
}

func TestNextEventLeavesTheOneBeforeAsItWas(t *testing.T) {
	known := mustOf[compact](t)
	var got compact
	var all []compact
	for _, text := range []string{"one", "two", "three"} {
		data, err := encode(compact{bytes: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		if err := known.DecodeNext(reflect.ValueOf(&got), data, true); err != nil {
			t.Fatal(err)
		}
		all = append(all, got)
	}
	for i, want := range []string{"one", "two", "three"} {
		if string(all[i].bytes) != want {
			t.Errorf("event %d is %q; want %q", i, all[i].bytes, want)
		}
	}
}

func TestNextEventHasNothingOfTheOneBefore(t *testing.T) {
	for _, borrow := range []bool{false, true} {
		got := codecList{List: []int8{1, 2, 3}}
		if err := mustOf[codecList](t).DecodeNext(reflect.ValueOf(&got), []byte{cborMap}, borrow); err != nil || got.List != nil {
			t.Errorf("borrow %v: got %v, %v; want no list", borrow, got, err)
		}
	}
}

// appending reuses the memory of the event before.
type appending struct{ content []byte }

func (a appending) MarshalBinary() ([]byte, error) { return a.content, nil }

func (a *appending) UnmarshalBinary(data []byte) error {
	a.content = append(a.content[:0], data...)
	return nil
}

func TestOnlyOneThatMayBorrowSeesMemoryOfTheEventBefore(t *testing.T) {
	data, err := encode(appending{content: []byte("next")})
	if err != nil {
		t.Fatal(err)
	}
	for _, borrow := range []bool{false, true} {
		before := []byte("before")
		got := appending{content: before}
		if err := mustOf[appending](t).DecodeNext(reflect.ValueOf(&got), data, borrow); err != nil {
			t.Fatal(err)
		}
		if string(got.content) != "next" || bytes.HasPrefix(before, []byte("next")) != borrow {
			t.Errorf("borrow %v: got %q, and %q is left of the event before", borrow, got.content, before)
		}
	}
}

func TestOnlyOneThatMayBorrowAliasesTheData(t *testing.T) {
	data, err := encode(plainEvent{Text: "text", Bytes: []byte("bytes")})
	if err != nil {
		t.Fatal(err)
	}
	for _, borrow := range []bool{false, true} {
		mine := bytes.Clone(data)
		var got plainEvent
		if err := mustOf[plainEvent](t).DecodeNext(reflect.ValueOf(&got), mine, borrow); err != nil {
			t.Fatal(err)
		}
		clear(mine)
		if kept := got.Text == "text" && string(got.Bytes) == "bytes"; kept == borrow {
			t.Errorf("borrow %v: got %q and %q once the data has changed", borrow, got.Text, got.Bytes)
		}
	}
}

func TestDecodeNextPanicsWithTheUnmarshaller(t *testing.T) {
	known := mustOf[codecPanics](t)
	defer func() {
		if err := known.Panicked(recover()); !strings.Contains(err.Error(), "codecPanics panicked: bang") {
			t.Errorf("got %v; want the type and the panic", err)
		}
	}()
	err := known.DecodeNext(reflect.ValueOf(new(codecPanics)), []byte{cborMap | 1, cborText | 1, 'B', cborText | 1, 'x'}, false)
	t.Errorf("it returned %v", err)
}
