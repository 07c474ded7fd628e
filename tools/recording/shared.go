package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// File is what another process is to inherit, nil for a ring of this process.
func (r *Ring) File() *os.File {
	if r == nil {
		return nil
	}
	return r.file
}

// CloseFile closes the file once the other process has inherited it. The ring can still be
// read.
func (r *Ring) CloseFile() error {
	if r == nil || r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// Records is how many records a shared ring has room for, 0 for any other.
func (r *Ring) Records() int {
	if r == nil || r.shared == nil {
		return 0
	}
	return recordsIn(len(r.shared))
}

// recordsIn is how many records a ring of that size has room for.
func recordsIn(size int) int { return (size/2 - headSize - stringsSize) / recordSize }

// Bytes is what the other process has written to a shared ring, for a Fill elsewhere; nil for any
// other ring. Of each lane it has the head and the records, the strings, and before each how many
// bytes that is. Mostly that is little of the ring's memory, and the rest is not even looked at.
func (r *Ring) Bytes() (all []byte) {
	if r == nil || r.shared == nil {
		return nil
	}
	for lane := range slices.Chunk(r.shared, len(r.shared)/2) {
		texts := len(lane) - stringsSize
		for _, used := range [][]byte{lane[:usedRecords(lane[:texts])], lane[texts : texts+usedStrings(lane[texts:])]} {
			all = binary.LittleEndian.AppendUint32(all, uint32(len(used)))
			all = append(all, used...)
		}
	}
	return all
}

// usedRecords is how many bytes the head of a lane and its records take. A record that the process had
// not finished as it ended has no number, and so ends those of a ring that has never been full.
func usedRecords(lane []byte) int {
	if get64(lane, len(lane)-recordSize+atNumber) != 0 {
		return len(lane)
	}
	at := headSize
	for at < len(lane) && get64(lane, at+atNumber) != 0 {
		at += recordSize
	}
	return at
}

// usedStrings is how many bytes strings take.
func usedStrings(mem []byte) int {
	at := 0
	for at+2 <= len(mem) && get16(mem, at) != 0 {
		at += 2 + int(get16(mem, at))
	}
	return min(at, len(mem))
}

// Fill puts the Bytes of a ring of as many records, which another machine had, into this shared
// one, whose File has not been closed. Its times are moved by as much.
func (r *Ring) Fill(recorded []byte, moved time.Duration) error {
	if r == nil || r.file == nil {
		return errors.New("fill a ring: it is closed, or not shared")
	}
	size := len(r.shared) / 2
	for lane := range 2 {
		for _, part := range []struct{ at, room int }{{0, size - stringsSize}, {size - stringsSize, stringsSize}} {
			used, rest, ok := cutPart(recorded, part.room)
			if !ok {
				return fmt.Errorf("fill a ring of %d bytes with another's: it has another size, or is cut", len(r.shared))
			}
			recorded = rest
			if part.at == 0 && len(used) >= headSize && get64(used, atMagic) == magic {
				used = slices.Clone(used)
				put64(used, atBegan, get64(used, atBegan)+uint64(moved)) // Two's complement adds both signs.
			}
			if _, err := r.file.WriteAt(used, int64(lane*size+part.at)); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutPart cuts a part off that has as many bytes as stands before it, if there is room for it.
func cutPart(recorded []byte, room int) (part, rest []byte, ok bool) {
	if len(recorded) < 4 {
		return nil, nil, false
	}
	n, rest := int(binary.LittleEndian.Uint32(recorded)), recorded[4:]
	if n > room || n > len(rest) {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}

// readShared returns what the other process has written. A ring that it has not begun has
// nothing.
func (r *Ring) readShared() Recorded {
	all, err := parse(r.shared)
	if err != nil {
		return Recorded{Missing: err.Error()}
	}
	return all
}
