package tap

import (
	"encoding/base64"
	"math"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// event is an event that passes an endpoint, as printed.
type event struct {
	Time     time.Time `json:"time"`
	Endpoint string    `json:"endpoint"`
	// Direction is sent, received or local.
	Direction string            `json:"direction"`
	To        []string          `json:"to,omitempty"`
	From      string            `json:"from,omitempty"`
	Type      string            `json:"type"`
	ID        string            `json:"id"`
	Answers   string            `json:"answers,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	// Size is the size of the encoded payload in bytes, before compression.
	Size    int `json:"size"`
	Payload any `json:"payload"`
	// Trouble says why Payload is null. Raw is then the encoded payload, in base64.
	Trouble string `json:"trouble,omitempty"`
	Raw     string `json:"raw,omitempty"`
}

func parseEvent(body []byte) (event, error) {
	m, err := wire.ParseTapped(body)
	if err != nil {
		return event{}, err
	}
	w, err := wire.ParseEvent(m.Event, math.MaxInt32)
	if err != nil {
		return event{}, err
	}
	e := event{Time: time.Unix(0, m.Time), Direction: m.Passage.String(), Type: string(w.TypeBytes), Headers: w.Headers,
		ID: lahja.EventID{Instance: m.Instance, Sequence: w.Sequence}.String(), Size: len(w.Payload), Trouble: m.Trouble}
	switch m.Passage {
	case wire.Sent:
		e.To = m.Peers
	case wire.Received:
		if len(m.Peers) > 0 {
			e.From = m.Peers[0]
		}
	}
	if answers := (lahja.EventID{Instance: w.AnswersInstance, Sequence: w.AnswersSequence}); !answers.IsZero() {
		e.Answers = answers.String()
	}
	if m.Trouble != "" {
		return e, nil
	}
	if e.Payload, err = decode(w.Payload); err != nil {
		e.Trouble, e.Raw = err.Error(), base64.StdEncoding.EncodeToString(w.Payload)
	}
	return e, nil
}
