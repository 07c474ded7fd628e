package engine

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
)

// maxRecord bounds one line of the control connection, 16 MiB: results travel on
// it, events do not.
const maxRecord = 16 << 20

// MaxResult is the largest result that a driver can report, in bytes of JSON: half
// of what the control connection carries, the same on every engine.
const MaxResult = maxRecord / 2

// errTooLarge is the error of a record that the control connection does not carry.
var errTooLarge = errors.New("larger than the control connection carries")

// errGarbage is what the other side wrote instead of a record.
var errGarbage = errors.New("garbage on the control connection")

// link is one end of a control connection: JSON records, one a line.
type link struct {
	file  *os.File
	lines *bufio.Scanner

	// writing is held while one record is written, so that records of several
	// goroutines do not mix. Nothing else is done under it.
	writing sync.Mutex
}

func newLink(file *os.File) *link {
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 0, 4096), maxRecord)
	lines.Split(wholeLines)
	return &link{file: file, lines: lines}
}

// wholeLines is bufio.ScanLines but for a rest without an end of line, which is what
// a process that was killed had not finished writing.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if atEOF && bytes.IndexByte(data, '\n') < 0 {
		return len(data), nil, nil
	}
	return bufio.ScanLines(data, atEOF)
}

func (l *link) send(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("engine: encode %s record: %w", r.Kind, err)
	}
	if len(line) >= maxRecord {
		return fmt.Errorf("engine: %s record of %d bytes: %w (%d); report less", r.Kind, len(line), errTooLarge, maxRecord)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err = l.file.Write(append(line, '\n'))
	return err
}

// receive returns the next record, io.EOF when the other side has gone.
func (l *link) receive() (Record, error) {
	var r Record
	if !l.lines.Scan() {
		err := l.lines.Err()
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			return r, fmt.Errorf("%w: a line of more than %d bytes", errGarbage, maxRecord)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return r, err
		}
		// Whatever else ended the connection, nothing more comes.
		return r, io.EOF
	}
	line := l.lines.Bytes()
	if err := json.Unmarshal(line, &r); err != nil || !r.valid() {
		return r, fmt.Errorf("%w: %.80q", errGarbage, line)
	}
	return r, nil
}

// receiveWithin is receive for a record that must come within d.
func (l *link) receiveWithin(d time.Duration) (Record, error) {
	if err := l.file.SetReadDeadline(time.Now().Add(d)); err != nil {
		return Record{}, err
	}
	r, err := l.receive()
	if err != nil {
		return r, err
	}
	return r, l.file.SetReadDeadline(time.Time{})
}

func (l *link) close() error { return l.file.Close() }

// valid tells whether a record of a known kind holds what its kind needs.
func (r Record) valid() bool {
	switch r.Kind {
	case RecordStep:
		return r.Step != nil
	case RecordFailure:
		return r.Failure != nil
	case RecordSight:
		return r.Sight != nil
	case RecordLaunch:
		return r.Child != nil
	case RecordResult, RecordDone, RecordLog, RecordHello, RecordArrive, RecordReleased, RecordStop, RecordCrash, RecordPause, RecordResume, RecordReap:
		return true
	}
	return false
}
