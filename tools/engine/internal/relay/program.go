package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
)

// Program returns this program's file and the SHA-256 of its content, in hexadecimal.
var Program = sync.OnceValues(func() (p ProgramFile, err error) {
	if p.Path, err = os.Executable(); err != nil {
		return p, fmt.Errorf("find this program's file: %w", err)
	}
	if p, err = FileOf(p.Path); err != nil {
		return p, fmt.Errorf("read this program: %w", err)
	}
	return p, nil
})

// FileOf is the program in that file.
func FileOf(path string) (p ProgramFile, err error) {
	file, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer file.Close()
	h := sha256.New()
	if p.Size, err = io.Copy(h, file); err != nil {
		return p, err
	}
	p.Path, p.Sum = path, hex.EncodeToString(h.Sum(nil))
	return p, nil
}

// ProgramFile is a program that can be sent to other machines.
type ProgramFile struct {
	Path string
	Sum  string // of its content
	Size int64
}

// KeepPrograms is how many programs are kept on a machine, those used last: what a few people work
// on. Each has some 40 MB.
const KeepPrograms = 10
