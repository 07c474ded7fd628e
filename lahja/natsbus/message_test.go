package natsbus

import (
	"bytes"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
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

// FuzzMessage feeds what anybody could publish to the parsers.
func FuzzMessage(f *testing.F) {
	f.Add(appendControl(appendHeader(nil, kindHello, 1), control{Codec: codec, Name: "a", Types: map[string]lahja.Interest{"t": {Shape: 1, Everyone: true, Groups: []string{"g"}}}}))
	f.Add(wire.AppendEvent(appendHeader(nil, kindEvent, 1), wire.EventMsg{Type: "t", Sequence: 1, Payload: []byte{0xa0}}, -1))
	f.Add(wire.AppendEvent(append(appendHeader(nil, kindGroupEvent, 1), encoded([]choice{{2, []string{"g"}}})...),
		wire.EventMsg{Type: "t", Sequence: 1, Payload: []byte{0xa0}}, -1))
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
			if e, err := parseGroupEvent(m.body, 2, 1<<10); err == nil && len(e.Payload) > 1<<10 {
				t.Errorf("a payload of %d bytes passed a limit of %d", len(e.Payload), 1<<10)
			}
			return
		}
		if c, err := parseControl(m.body); err == nil && len(c.Types) > wire.MaxTypes {
			t.Errorf("%d types passed a limit of %d", len(c.Types), wire.MaxTypes)
		}
	})
}
