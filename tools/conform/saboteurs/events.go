package saboteurs

import (
	"strings"
	"time"
	"unicode"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// The flags of an event, as in package wire.
const (
	flagAnswer = 1 << iota
	flagSnappy
)

// isEvent reports whether a frame is an event and no answer.
func isEvent(f frame) bool {
	return f.kind == wire.Event && len(f.body) > 0 && f.body[0]&flagAnswer == 0
}

func isAnswer(f frame) bool {
	return f.kind == wire.Event && len(f.body) > 0 && f.body[0]&flagAnswer != 0
}

// everyNth changes every nth event that a connection carries in one direction. It leaves answers
// alone.
func everyNth(n int, change func(f frame) []frame) func(passing) filter {
	return func(passing) filter {
		events := 0
		return filter{out: func(f frame) []frame {
			if !isEvent(f) {
				return []frame{f}
			}
			if events++; events%n != 0 {
				return []frame{f}
			}
			return change(f)
		}}
	}
}

// onlyFirst changes the first event of a connection in one direction.
func onlyFirst(change func(f frame) []frame) func(passing) filter {
	return func(passing) filter {
		came := false
		return filter{out: func(f frame) []frame {
			if came || !isEvent(f) {
				return []frame{f}
			}
			came = true
			return change(f)
		}}
	}
}

func lose(frame) []frame { return nil }

func twice(f frame) []frame { return []frame{f, f} }

// swapEveryNth sends every nth event after the one that follows it, unless another kind of frame
// follows.
func swapEveryNth(n int) func(passing) filter {
	return func(passing) filter {
		var held *frame
		hold := everyNth(n, func(f frame) []frame {
			held = &frame{f.kind, append([]byte(nil), f.body...)}
			return nil
		})(passing{})
		return filter{out: func(f frame) []frame {
			if held == nil {
				return hold.out(f)
			}
			late := *held
			held = nil
			if isEvent(f) {
				return append(hold.out(f), late)
			}
			return []frame{late, f}
		}}
	}
}

// editEvents changes every event that can be parsed.
func editEvents(edit func(m *wire.EventMsg, compressed bool)) func(passing) filter {
	return func(passing) filter {
		return filter{out: func(f frame) []frame {
			if f.kind != wire.Event {
				return []frame{f}
			}
			m, err := wire.ParseEvent(f.body, lahja.DefaultMaxPayload)
			if err != nil {
				return []frame{f}
			}
			compressed := f.body[0]&flagSnappy != 0
			edit(&m, compressed)
			return []frame{frameOf(wire.AppendEvent(nil, m, compressAbove(compressed)))}
		}}
	}
}

func compressAbove(compressed bool) int {
	if compressed {
		return 0
	}
	return -1
}

// flip flips a bit in the middle of every large payload: of the compressed ones, or of the
// others.
func flip(ofCompressed bool) func(passing) filter {
	return editEvents(func(m *wire.EventMsg, compressed bool) {
		if compressed == ofCompressed && len(m.Payload) > 1<<10 {
			payload := append([]byte(nil), m.Payload...)
			payload[len(payload)/2] ^= 1
			m.Payload = payload
		}
	})
}

// truncate cuts every field of an event to so many bytes.
func truncate(most int) func(passing) filter {
	return editFields(func(field []byte) ([]byte, bool) { return field[:min(len(field), most)], len(field) > most })
}

// toASCII replaces non-ASCII characters in texts.
func toASCII(text string) (string, bool) {
	ascii := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, text)
	return ascii, ascii != text
}

// toUTC converts a time, which is a text with the tag 0, to UTC.
func toUTC(tag cbor.Tag) (cbor.Tag, bool) {
	text, _ := tag.Content.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if tag.Number != 0 || err != nil {
		return tag, false
	}
	tag.Content = at.UTC().Format(time.RFC3339Nano)
	return tag, tag.Content != text
}

// editFields changes the fields of one type in every event. edit reports whether it has changed
// the field.
func editFields[T any](edit func(field T) (T, bool)) func(passing) filter {
	return editEvents(func(m *wire.EventMsg, _ bool) {
		var fields map[string]cbor.RawMessage
		if cbor.Unmarshal(m.Payload, &fields) != nil {
			return
		}
		changed := false
		for name, field := range fields {
			var data T
			if cbor.Unmarshal(field, &data) != nil {
				continue
			}
			edited, changes := edit(data)
			if !changes {
				continue
			}
			made, err := cbor.Marshal(edited)
			if err != nil {
				return
			}
			fields[name], changed = made, true
		}
		if payload, err := cbor.Marshal(fields); err == nil && changed {
			m.Payload = payload
		}
	})
}

// repeatIDs gives every nth event the id of the one before it.
func repeatIDs(n int) func(passing) filter {
	return func(passing) filter {
		var last uint64
		events := 0
		return editEvents(func(m *wire.EventMsg, _ bool) {
			if m.AnswersInstance|m.AnswersSequence != 0 {
				return
			}
			if events++; events%n == 0 {
				m.Sequence = last
			}
			last = m.Sequence
		})(passing{})
	}
}
