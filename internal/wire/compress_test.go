package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/golang/snappy"

	"github.com/lahja/go-lahja/internal/testkit"
)

// claims is a block that says it has size bytes, before what has them, or has not.
func claims(size uint64, rest string) []byte {
	return append(binary.AppendUvarint(nil, size), rest...)
}

// blocks are compressed payloads, and what is none.
func blocks() [][]byte {
	noise := make([]byte, 300)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	text := snappy.Encode(nil, []byte("lahja is a bus, lahja is an event bus, lahja is no bus stop"))
	return [][]byte{
		text,
		snappy.Encode(nil, nil),
		snappy.Encode(nil, noise),
		snappy.Encode(nil, make([]byte, 1<<16)),
		snappy.Encode(nil, make([]byte, 1<<17)),
		text[:len(text)/2],
		append(text[:len(text):len(text)], 0, 'x'),
		{},
		{0x80},                              // half a length
		claims(1<<40, "\x08abc"),            // no length that there is
		claims(math.MaxUint32, "\x08abc"),   // the largest
		claims(1<<24, "\x08abc"),            // more than can be
		claims(60, "\x08abc"),               // more than is
		claims(2, "\x08abc"),                // less than is
		claims(64, "\xfe\x01\x00"),          // a copy of nothing
		claims(67, "\x08abc\xfe\xff\xff"),   // a copy from before the beginning
		claims(100, "\xfc\xff\xff\xff\xff"), // a literal of 4 GiB
	}
}

// others is what of that others may have had.
const others = 1 << 20

func TestCompressedPayloadThatLiesIsRefusedBeforeItIsAllocated(t *testing.T) {
	const lie = 1 << 30
	for name, c := range map[string]struct {
		most int
		want error
	}{
		"above the limit":         {lie - 1, ErrTooLarge},
		"within the limit":        {lie, ErrMalformed},
		"where there is no limit": {math.MaxInt, ErrMalformed},
	} {
		event := compressedEvent(claims(lie, "\x08abc"))
		got := testkit.Allocated(func() {
			if _, err := ParseEvent(event, c.most); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v; want %v", name, err, c.want)
			}
		})
		if got > others {
			t.Errorf("%s: three bytes that claim to be a gigabyte allocated %d bytes", name, got)
		}
	}
}

func TestWhatExpandsMostIsTaken(t *testing.T) {
	want := make([]byte, 1<<16)
	e, err := ParseEvent(compressedEvent(snappy.Encode(nil, want)), len(want))
	if err != nil || !bytes.Equal(e.Payload, want) {
		t.Errorf("got %d bytes, %v; want %d", len(e.Payload), err, len(want))
	}
}

// compressedEvent is the body of an event with the block for a payload.
func compressedEvent(block []byte) []byte {
	event := AppendEvent(nil, EventMsg{Type: "a", Sequence: 1, Payload: block}, -1)[5:]
	event[0] |= flagSnappy
	return event
}

func FuzzCompressedPayload(f *testing.F) {
	for _, block := range blocks() {
		f.Add(block)
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		const most = 1 << 24
		var out []byte
		var err error
		got := testkit.Allocated(func() { out, err = parsePayload(block, true, most) })
		if can := uint64(snappyRatio * (len(block) + 1)); got > can+others {
			t.Errorf("%d bytes allocated %d; they are no more than %d", len(block), got, can)
		}
		if len(out) > most {
			t.Errorf("got %d bytes; the limit is %d", len(out), most)
		}
		claimed, unclear := snappy.DecodedLen(block)
		switch {
		case unclear != nil || claimed <= most && claimed/snappyRatio > len(block):
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%d bytes that claim to be %d (%v): got %v; want ErrMalformed", len(block), claimed, unclear, err)
			}
		case claimed > most:
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d bytes that claim to be %d: got %v; want ErrTooLarge", len(block), claimed, err)
			}
		case err == nil && len(out) != claimed:
			t.Errorf("%d bytes that claim to be %d became %d", len(block), claimed, len(out))
		case err != nil && !errors.Is(err, ErrMalformed):
			t.Errorf("an error of no known kind: %v", err)
		}
	})
}
