package subprocess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// maxRecord bounds one line of the control connection: results travel on it, events do
// not.
const maxRecord = 2 * engine.MaxResult

// errTooLarge is the error of a record that the control connection does not carry.
var errTooLarge = errors.New("larger than the control connection carries")

// errGarbage is what the other side wrote instead of a record.
var errGarbage = errors.New("garbage on the control connection")

// link is one end of a control connection: JSON records, one a line.
type link struct {
	conn  Control
	lines *bufio.Scanner

	// writing is held while one record is written, so that records of several
	// goroutines do not mix. Nothing else is done under it.
	writing sync.Mutex
}

func newLink(conn Control) *link {
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4096), maxRecord)
	lines.Split(wholeLines)
	return &link{conn: conn, lines: lines}
}

// wholeLines is bufio.ScanLines but for a rest without an end of line, which is what
// a process that was killed had not finished writing.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if atEOF && bytes.IndexByte(data, '\n') < 0 {
		return len(data), nil, nil
	}
	return bufio.ScanLines(data, atEOF)
}

func (l *link) send(m message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("subprocess: encode %s record: %w", m.Kind, err)
	}
	if len(line) >= maxRecord {
		return fmt.Errorf("subprocess: %s record of %d bytes: %w (%d); report less", m.Kind, len(line), errTooLarge, maxRecord)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err = l.conn.Write(append(line, '\n'))
	return err
}

// receive returns the next record, io.EOF when the other side has gone.
func (l *link) receive() (message, error) {
	var m message
	if !l.lines.Scan() {
		err := l.lines.Err()
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			return m, fmt.Errorf("%w: a line of more than %d bytes", errGarbage, maxRecord)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return m, err
		}
		// Whatever else ended the connection, nothing more comes.
		return m, io.EOF
	}
	line := l.lines.Bytes()
	if err := json.Unmarshal(line, &m); err != nil || !m.valid() {
		return m, fmt.Errorf("%w: %.80q", errGarbage, line)
	}
	return m, nil
}

// receiveWithin is receive for a record that must come within d.
func (l *link) receiveWithin(d time.Duration) (message, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return message{}, err
	}
	m, err := l.receive()
	if err != nil {
		return m, err
	}
	return m, l.conn.SetReadDeadline(time.Time{})
}

func (l *link) close() error { return l.conn.Close() }
