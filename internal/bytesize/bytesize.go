// Package bytesize prints numbers of bytes.
package bytesize

import (
	"fmt"
	"strings"
)

var units = []string{"KiB", "MiB", "GiB", "TiB"}

// Format returns the number in the largest unit of which there is at least one, to one
// decimal place: "100 B", "1.5 KiB", "16 MiB".
func Format[T int | int64 | uint64](n T) string {
	size, unit := float64(n), "B"
	for i := 0; size >= 1024 && i < len(units); i++ {
		size, unit = size/1024, units[i]
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", size), ".0") + " " + unit
}

// Exact returns the number in the largest unit of which it is a multiple: "1025 B", "960 KiB".
func Exact(n int64) string {
	unit := "B"
	for i := 0; n != 0 && n%1024 == 0 && i < len(units); i++ {
		n, unit = n/1024, units[i]
	}
	return fmt.Sprintf("%d %s", n, unit)
}
