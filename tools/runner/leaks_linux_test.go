package runner

import (
	"os"
	"syscall"
	"testing"
)

// TestDescriptorsAreToldApart puts another file at the number of one that was open, so that there
// are as many descriptors as before.
func TestDescriptorsAreToldApart(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := open(os.DevNull)
	defer first.Close()
	number := int(first.Fd())
	before := openDescriptors()
	if again := openDescriptors(); again[number] != before[number] || before[number] == (descriptor{}) {
		t.Errorf("got %v, and then %v", before[number], again[number])
	}
	second := open("/dev/zero")
	err := syscall.Dup3(int(second.Fd()), number, 0)
	second.Close()
	if err != nil {
		t.Fatal(err)
	}
	if now := openDescriptors(); now[number] == before[number] {
		t.Errorf("another file at number %d looks the same: %v", number, now[number])
	}
}
