package natsbus

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

func TestEscapedTextIsOneTokenAndNoOthers(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"a", "a.b", "a=2Eb", "a*b", ">", " ", "=", "grüße", "github.com/x/y.Z"} {
		token := escape(text)
		if other, ok := seen[token]; ok {
			t.Errorf("%q and %q are both %q", text, other, token)
		}
		seen[token] = text
		if bytes.ContainsAny([]byte(token), ".*> \t\r\n") || token == "" {
			t.Errorf("%q is %q, want one token", text, token)
		}
	}
}

func TestMalformedDescriptionsAreRefused(t *testing.T) {
	for name, layouts := range map[string]map[string][]byte{
		"no name":              {"": {1, 2}},
		"a long name":          {strings.Repeat("t", wire.MaxTypeName+1): {1, 2}},
		"too large a layout":   {"t": make([]byte, wire.MaxLayout+1)},
		"one of two too large": {"a": {1, 2}, "t": make([]byte, wire.MaxLayout+1)},
	} {
		if _, err := parseControl(appendControl(nil, control{Layouts: layouts})); !errors.Is(err, errMalformed) {
			t.Errorf("%s: got %v; want errMalformed", name, err)
		}
	}
}

// FuzzMessage feeds what anybody could publish to the parsers.
func FuzzMessage(f *testing.F) {
	f.Add(appendControl(appendHeader(nil, kindHello, 1), control{Codec: payload.CodecName, Name: "a", Types: map[string]lahja.Interest{"t": {Shape: 1, Everyone: true, Groups: []string{"g"}}}}))
	f.Add(wire.AppendEvent(appendHeader(nil, kindEvent, 1), wire.EventMsg{Type: "t", Sequence: 1, Payload: []byte{0xa0}}, -1))
	f.Add(wire.AppendEvent(append(appendHeader(nil, kindGroupEvent, 1), encoded([]choice{{2, []string{"g"}}})...),
		wire.EventMsg{Type: "t", Sequence: 1, Payload: []byte{0xa0}}, -1))
	f.Add(appendControl(appendHeader(nil, kindDescribed, 1), control{Layouts: map[string][]byte{"t": {1, 2}}}))
	f.Add([]byte("LJ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			return
		}
		if m.kind == kindEvent {
			if e, err := parseEvent(m.body, 1<<10); err == nil && len(e.Payload) > 1<<10 {
				t.Errorf("a payload of %d bytes passed a limit of %d", len(e.Payload), 1<<10)
			}
			return
		}
		if m.kind == kindGroupEvent {
			if e, _, err := parseGroupEvent(m.body, 2, 1<<10); err == nil && len(e.Payload) > 1<<10 {
				t.Errorf("a payload of %d bytes passed a limit of %d", len(e.Payload), 1<<10)
			}
			return
		}
		c, err := parseControl(m.body)
		if err == nil && (len(c.Types) > wire.MaxTypes || len(c.Layouts) > wire.MaxTypes) {
			t.Errorf("%d types and %d layouts passed a limit of %d", len(c.Types), len(c.Layouts), wire.MaxTypes)
		}
	})
}
