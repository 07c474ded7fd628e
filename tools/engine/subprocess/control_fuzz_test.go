package subprocess

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
)

// FuzzControl reads what a faulty child may write to the control connection.
func FuzzControl(f *testing.F) {
	f.Add([]byte(`{"kind":"hello","driver":0}` + "\n" + `{"kind":"step","driver":1,"step":{"Index":1,"Action":"a","Source":"b"}}` + "\n"))
	f.Add([]byte(`{"kind":"pause","name":"other","call":3}` + "\n"))
	f.Add([]byte(`{"kind":"failure"}` + "\n"))
	f.Add([]byte("panic: something\n\ngoroutine 1 [running]:\n"))
	f.Add([]byte(`{"kind":"done","dri`))
	f.Fuzz(func(t *testing.T, in []byte) {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		go func() {
			defer write.Close()
			_, _ = write.Write(in) // Who reads may have had enough.
		}()
		for l := newLink(read); ; {
			r, err := l.receive()
			switch {
			case err == nil && !r.valid():
				t.Fatalf("a record was received that is not valid: %+v", r)
			case err == nil:
				continue
			case !errors.Is(err, io.EOF) && !errors.Is(err, errGarbage):
				t.Fatalf("an error of no known kind: %v", err)
			case errors.Is(err, io.EOF) && bytes.HasSuffix(in, []byte("\n")) && bytes.HasPrefix(in, []byte("panic")):
				t.Fatal("a panic was taken for records")
			}
			return
		}
	})
}
