package bytesize

import (
	"math"
	"testing"
)

func TestFormat(t *testing.T) {
	for n, want := range map[int64]string{
		0:              "0 B",
		1:              "1 B",
		1023:           "1023 B",
		1 << 10:        "1 KiB",
		1<<10 + 1<<9:   "1.5 KiB",
		64 << 10:       "64 KiB",
		1<<20 - 64<<10: "960 KiB",
		16<<20 - 1<<10: "16 MiB",
		1 << 30:        "1 GiB",
		3 << 40:        "3 TiB",
		2048 << 40:     "2048 TiB",
		-5:             "-5 B",
	} {
		if got := Format(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1 << 10: "1 KiB", 1<<10 + 1: "1025 B", 1<<20 - 64<<10: "960 KiB", 16<<20 - 1<<10: "16383 KiB", 16 << 20: "16 MiB", 2048 << 40: "2048 TiB", -1 << 20: "-1 MiB",
	} {
		if got := Exact(n); got != want {
			t.Errorf("%d exactly: got %q, want %q", n, got, want)
		}
	}
	if got, want := Format(uint64(math.MaxUint64)), "16777216 TiB"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
