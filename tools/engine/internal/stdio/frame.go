package stdio

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// hello is the line with which a relay begins. What comes before it is of login scripts.
const hello = "lahja: this is a relay\n"

const (
	// pingEvery is how often a parent asks a relay for an answer.
	pingEvery = 250 * time.Millisecond
	// silence is how long nothing may come of a relay before it is given up, and lease how long
	// nothing may come of a parent before its processes are ended.
	silence = 3 * time.Second
	lease   = 3500 * time.Millisecond
)

// frame is what goes to a relay and from it: one JSON object each.
type frame struct {
	// Process is a process's number, which the parent has chosen.
	Process int `json:"process,omitempty"`
	// Call is the number of a request, and of its answer. Other frames have Data.
	Call int `json:"call,omitempty"`
	// Order is to start a process, Request to do something with one. A call without either is a ping.
	Order   *relay.Order   `json:"order,omitempty"`
	Request *relay.Request `json:"request,omitempty"`
	// Answer is to the call, and Time the relay's clock.
	Answer relay.Answer `json:"answer,omitzero"`
	Time   time.Time    `json:"time,omitzero"`
	// Data is for a process's control connection, or what it says.
	Data []byte `json:"data,omitempty"`
}

// wire sends frames, one at a time.
type wire struct {
	sending sync.Mutex // held while one is sent
	out     io.WriteCloser
}

func (w *wire) send(f frame) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	_, err = w.out.Write(append(raw, '\n'))
	return err
}

// end ends what is sent.
func (w *wire) end() {
	w.sending.Lock()
	defer w.sending.Unlock()
	_ = w.out.Close() // If it fails, the other side has gone.
}
