package wire

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"testing"
)

func FuzzReader(f *testing.F) {
	f.Add(NumberMsg{5}.Append(nil, Sync))
	f.Add(AppendEvent(ReadyMsg{}.Append(nil), EventMsg{Type: "a", Payload: []byte("b")}, -1))
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 6, 1, 2})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in))
		var read int
		for {
			_, body, err := r.Next(1 << 16)
			if err == nil {
				read += 5 + len(body)
				continue
			}
			if err == io.EOF && read != len(in) {
				t.Errorf("a clean end after %d bytes of %d", read, len(in))
			}
			if err != io.EOF && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("an error of no known kind: %v", err)
			}
			return
		}
	})
}

// check demands that a body either is refused as it should be, or is the one
// encoding of what it was parsed to.
func check(t *testing.T, in, again []byte, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("an error of no known kind: %v", err)
		}
		return
	}
	if again = again[5:]; !bytes.Equal(in, again) {
		t.Errorf("% x was accepted, its encoding is % x", in, again)
	}
}

func FuzzParseHello(f *testing.F) {
	f.Add(HelloMsg{Version: Version, Codec: "cbor", Name: "n", Instance: 3}.Append(nil)[5:])
	f.Add([]byte("LAHJA\x00\x09more"))
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseHello(in)
		if err == nil && m.Version != Version {
			return
		}
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseRefuse(f *testing.F) {
	f.Add(RefuseMsg{Code: RefuseSelf, Reason: "why"}.Append(nil)[5:])
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseRefuse(in)
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseSubscriptions(f *testing.F) {
	f.Add(SubscriptionsMsg{Number: 300, Types: map[string]Interest{"a": {Shape: 1, Everyone: true},
		"b": {Shape: 2, Window: 1 << 20, Groups: []string{"left", "right"}}}}.Append(nil)[5:])
	f.Add([]byte{1, 0xff, 0xff, 0x03})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseSubscriptions(in)
		if err != nil {
			check(t, in, nil, err)
			return
		}
		again := m.Append(nil)
		if len(again) != 5+len(in) {
			t.Fatalf("% x is % x again", in, again)
		}
		got, err := ParseSubscriptions(again[5:])
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("% x is %+v, and then %+v, %v", in, m, got, err)
		}
	})
}

func FuzzParseTaken(f *testing.F) {
	f.Add(TakenMsg{TypeBytes: []byte("a"), Bytes: 1 << 20}.Append(nil)[5:])
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseTaken(in)
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseDescribed(f *testing.F) {
	f.Add(DescribedMsg{Type: "a", Layout: []byte{1, 2}}.Append(nil)[5:])
	f.Add([]byte{1, 'a'})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseDescribed(in)
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseTap(f *testing.F) {
	f.Add(TapMsg{Version: Version, Events: true, Interval: 1000, Types: []string{"chat/*", "?"}}.Append(nil)[5:])
	f.Add(TapMsg{Version: Version}.Append(nil)[5:])
	f.Add([]byte("LAHJA\x00\x09more"))
	f.Add([]byte("LAHJA\x00\x01\x02\x00\x00"))
	f.Add([]byte("LAHJA\x00\x01\x01\x00\xff\xff\x03"))
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseTap(in)
		if err == nil && m.Version != Version {
			return
		}
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseTapped(f *testing.F) {
	event := AppendEvent(nil, EventMsg{Type: "a", Sequence: 1, Payload: []byte("b")}, -1)
	f.Add(TappedMsg{Passage: Sent, Time: 1, Instance: 2, Peers: []string{"x", "y"}, Event: EventBody(event)}.Append(nil)[5:])
	f.Add(TappedMsg{Passage: Local, Time: -1, Trouble: "no"}.Append(nil)[5:])
	f.Add([]byte{4})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseTapped(in)
		check(t, in, m.Append(nil), err)
	})
}

func FuzzParseNumber(f *testing.F) {
	f.Add([]byte{0x80, 0x01})
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := ParseNumber(in)
		check(t, in, m.Append(nil, Ping), err)
	})
}

// sameAfterward demands that an EventReader says the same, whatever it has read before.
func sameAfterward(t *testing.T, in []byte, want EventMsg, wanted error, most int) {
	t.Helper()
	var r EventReader
	for _, before := range [][]byte{nil, in, AppendEvent(nil, EventMsg{Type: "a", Sequence: 9, Payload: []byte("x")}, -1)[5:]} {
		_, _ = r.Parse(before, most)
		if sequence, payload, ok := r.Another(in, most); ok {
			like := EventMsg{TypeBytes: r.like.TypeBytes, Shape: r.like.Shape, Sequence: sequence, Payload: payload}
			if wanted != nil || !reflect.DeepEqual(like, want) {
				t.Errorf("after % x: another event is %+v; want %+v, %v", before, like, want, wanted)
			}
		}
		got, err := r.Parse(in, most)
		if (err == nil) != (wanted == nil) || !reflect.DeepEqual(got, want) && err == nil {
			t.Errorf("after % x: got %+v, %v; want %+v, %v", before, got, err, want, wanted)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(AppendEvent(nil, EventMsg{Type: "a", Sequence: 1, Payload: []byte("b")}, -1)[5:])
	f.Add(AppendEvent(nil, EventMsg{Type: "a", AnswersInstance: 1, Payload: make([]byte, 100)}, 0)[5:])
	f.Add(AppendEvent(nil, EventMsg{Type: "a", Headers: map[string]string{"k": "v"}, Payload: []byte("b")}, -1)[5:])
	f.Add(AppendEvent(nil, EventMsg{Type: "a", AnswersSequence: 1, Headers: map[string]string{"a": "", "b": "\u00e4"}, Payload: make([]byte, 100)}, 0)[5:])
	f.Add(AppendEvent(nil, EventMsg{Type: "a", Groups: []string{"left", "right"}, Payload: []byte("b")}, -1)[5:])
	f.Add(AppendEvent(nil, EventMsg{Type: "a", AnswersSequence: 1, Headers: map[string]string{"k": "v"}, Groups: []string{"g"}, Payload: make([]byte, 100)}, 0)[5:])
	f.Add([]byte{flagGroups, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 'b', 1, 'a'})
	f.Add([]byte{flagHeaders, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 'b', 0, 1, 'a', 0})
	for _, block := range blocks() {
		f.Add(compressedEvent(block))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		const most = 1 << 16
		m, err := ParseEvent(in, most)
		sameAfterward(t, in, m, err, most)
		if err == nil && len(m.Payload) > most {
			t.Errorf("a payload of %d bytes; the limit is %d", len(m.Payload), most)
		}
		if err == nil && len(m.Payload)/snappyRatio > len(in) {
			t.Errorf("a payload of %d bytes was in %d", len(m.Payload), len(in))
		}
		if err == nil && in[0]&flagSnappy != 0 {
			// Snappy has many encodings of one payload, so only the
			// meaning has to survive.
			again, err := ParseEvent(AppendEvent(nil, m, 0)[5:], most)
			if err != nil || !bytes.Equal(again.Payload, m.Payload) || !bytes.Equal(again.TypeBytes, m.TypeBytes) || !maps.Equal(again.Headers, m.Headers) || !slices.Equal(again.Groups, m.Groups) {
				t.Errorf("got %+v, %v; want %+v", again, err, m)
			}
			return
		}
		check(t, in, AppendEvent(nil, m, -1), err)
	})
}
