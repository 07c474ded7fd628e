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
