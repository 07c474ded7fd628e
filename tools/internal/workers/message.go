package workers

import (
	"encoding/json"
	"os"
	"sync"

	"github.com/lahja/go-lahja/tools/runner"
)

// kind says what a message means.
type kind string

const (
	kindJob    kind = "job"    // parent: make this run
	kindStop   kind = "stop"   // parent: stop all runs
	kindBegun  kind = "begun"  // worker: the scenario only waits, so others can begin
	kindResult kind = "result" // worker: the result of a run
	kindOutput kind = "output" // worker: what drivers printed
	kindAt     kind = "at"     // worker: where the drivers are
	kindStood  kind = "stood"  // worker: where they were when the run was interrupted
)

// message is one line on the control connection.
type message struct {
	Kind kind `json:"kind"`
	// Job numbers the run that the message is about.
	Job      int               `json:"job,omitempty"`
	Order    *order            `json:"order,omitempty"`
	Result   *Result           `json:"result,omitempty"`
	Output   string            `json:"output,omitempty"`
	Standing []runner.Standing `json:"standing,omitempty"`
}

// order is a run to make.
type order struct {
	Settings Settings `json:"settings"`
	Scenario string   `json:"scenario"`
	Engine   string   `json:"engine"`
	Number   int      `json:"number"`
	// Begin says that the scenario mostly waits, and others may run beside it then.
	Begin bool `json:"begin,omitempty"`
}

// link is one end of a control connection.
type link struct {
	file    *os.File
	decoder *json.Decoder

	writing sync.Mutex // so that messages do not mix
}

func newLink(file *os.File) *link { return &link{file: file, decoder: json.NewDecoder(file)} }

func (l *link) send(m message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err = l.file.Write(append(line, '\n'))
	return err
}

func (l *link) receive() (m message, err error) { return m, l.decoder.Decode(&m) }
