package wire

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestTapRoundTrips(t *testing.T) {
	tap := TapMsg{Version: Version, Events: true, Interval: 1000, Types: []string{"chat/*", strings.Repeat("x", MaxTypeName)}}
	if got, err := ParseTap(body(t, tap.Append(nil))); err != nil || !reflect.DeepEqual(got, tap) {
		t.Errorf("tap: got %+v, %v; want %+v", got, err, tap)
	}
	tapped := TappedMsg{Passage: Received, Time: 1 << 60, Instance: 7, Peers: []string{"server"}, Trouble: "none", Event: []byte("event")}
	if got, err := ParseTapped(body(t, tapped.Append(nil))); err != nil || !reflect.DeepEqual(got, tapped) {
		t.Errorf("tapped: got %+v, %v; want %+v", got, err, tapped)
	}
	if got := string(body(t, AppendInspected(nil, []byte("{}")))); got != "{}" {
		t.Errorf("inspected: got %q", got)
	}
	long := TappedMsg{Passage: Local, Trouble: strings.Repeat("x", MaxReason+1)}
	if got, err := ParseTapped(body(t, long.Append(nil))); err != nil || len(got.Trouble) != MaxReason {
		t.Errorf("got %d bytes of trouble, %v; want it cut to %d", len(got.Trouble), err, MaxReason)
	}
}

func TestTapOfAnotherVersionIsOnlyTold(t *testing.T) {
	m, err := ParseTap([]byte("LAHJA\x00\x09 what is this"))
	if err != nil || m.Version != 9 || m.Types != nil {
		t.Errorf("got %+v, %v; want version 9 and no more", m, err)
	}
}

func TestMalformedTapsAreRefused(t *testing.T) {
	types := make([]string, MaxTapTypes+1)
	for i := range types {
		types[i] = "x"
	}
	for name, in := range map[string][]byte{
		"no magic":          []byte("HELLO\x00\x01\x01\x00\x00"),
		"a third bool":      []byte("LAHJA\x00\x01\x02\x00\x00"),
		"too many patterns": body(t, TapMsg{Version: Version, Types: types}.Append(nil)),
		"an empty pattern":  body(t, TapMsg{Version: Version, Types: []string{""}}.Append(nil)),
		"a long pattern":    body(t, TapMsg{Version: Version, Types: []string{strings.Repeat("x", MaxTypeName+1)}}.Append(nil)),
		"a lying count":     []byte("LAHJA\x00\x01\x01\x00\x05\x01x"),
		"trailing bytes":    []byte("LAHJA\x00\x01\x01\x00\x00\x00"),
	} {
		if m, err := ParseTap(in); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %+v, %v; want it malformed", name, m, err)
		}
	}
}
