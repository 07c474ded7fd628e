package subprocess

import (
	"bytes"
)

// maxLine is the longest line of output that is kept together.
const maxLine = 4 << 10

// lines hands on what is written to it line by line. One goroutine writes.
type lines struct {
	emit func(line string)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	done := 0
	for {
		line := l.rest[done:]
		end := bytes.IndexByte(line, '\n')
		switch {
		case end >= 0 && end <= maxLine:
			l.emit(string(bytes.TrimSuffix(line[:end], []byte("\r"))))
			done += end + 1
			continue
		case len(line) > maxLine:
			l.emit(string(line[:maxLine]))
			done += maxLine
			continue
		}
		l.rest = append(l.rest[:0], line...)
		return len(p), nil
	}
}

// flush hands on a last line that has no end.
func (l *lines) flush() {
	if len(l.rest) > 0 {
		l.emit(string(l.rest))
		l.rest = nil
	}
}
