package recording

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ringName is that of a ring as a file.
const ringName = "lahja-ring"

// NewShared makes a ring for another process to write: File is to be inherited by it, and
// Inherit to be called there. It is memory only, and nothing of it stays when both have ended.
// Close it when it has been read.
func NewShared(records int) (*Ring, error) {
	fd, err := unix.MemfdCreate(ringName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a ring for another process: %w", err)
	}
	file := os.NewFile(uintptr(fd), ringName)
	if err = file.Truncate(int64(ringSize(records))); err == nil {
		var mem []byte
		if mem, err = unix.Mmap(fd, 0, ringSize(records), unix.PROT_READ, unix.MAP_SHARED); err == nil {
			return &Ring{file: file, shared: mem}, nil
		}
	}
	file.Close()
	return nil, fmt.Errorf("make a ring for another process: %w", err)
}

// Close gives a shared ring's memory back.
func (r *Ring) Close() error {
	if r == nil || r.shared == nil {
		return nil
	}
	err := errors.Join(r.CloseFile(), unix.Munmap(r.shared))
	r.shared = nil
	return err
}

// Inherit is a ring that the parent process made with NewShared. It closes the descriptor.
func Inherit(fd uintptr) (*Ring, error) {
	// It may be anything if the parent's ring did not come through. Only memory has seals. To ask
	// /proc what it is costs more than all else here.
	if _, err := unix.FcntlInt(fd, unix.F_GET_SEALS, 0); err != nil {
		return nil, fmt.Errorf("map the inherited ring: descriptor %d is none: %w", fd, err)
	}
	file := os.NewFile(fd, ringName)
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("map the inherited ring: %w", err)
	}
	records := recordsIn(int(info.Size()))
	if records < 1 || int(info.Size()) != ringSize(records) {
		return nil, fmt.Errorf("map the inherited ring: descriptor %d has %d bytes, which is no ring's size", fd, info.Size())
	}
	mem, err := unix.Mmap(int(fd), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the inherited ring: %w", err)
	}
	return newRing(&memory{all: mem}, records), nil
}
