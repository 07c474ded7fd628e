package runner

import (
	"maps"
	"os"
	"testing"
)

// TestDescriptorsAreToldApart has another file open at the number of one that was closed, so that
// there are as many descriptors as before.
func TestDescriptorsAreToldApart(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := open(os.DevNull)
	before := openDescriptors()
	if again := openDescriptors(); !maps.Equal(before, again) {
		t.Errorf("got %v, and then %v", before, again)
	}
	number := int(first.Fd())
	first.Close()
	second := open("/dev/zero")
	defer second.Close()
	if got := int(second.Fd()); got != number {
		t.Skipf("the second file has number %d, and the first had %d", got, number)
	}
	if now := openDescriptors(); now[number] == before[number] {
		t.Errorf("another file at number %d looks the same: %v", number, now[number])
	}
}
