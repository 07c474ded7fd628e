package runner

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/lahja/go-lahja/tools/internal/lasting"
)

// descriptor identifies what is open at a number: a file, a socket, a pipe.
type descriptor struct{ device, inode uint64 }

// openDescriptors returns this process's descriptors by number, but for those that outlast runs.
func openDescriptors() map[int]descriptor {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	open := make(map[int]descriptor, len(names))
	for _, name := range names {
		number, err := strconv.Atoi(name)
		if err != nil || number == int(dir.Fd()) {
			continue
		}
		var stat syscall.Stat_t
		if syscall.Fstat(number, &stat) == nil && !lasting.Has(lasting.ID{Device: stat.Dev, Inode: stat.Ino}) {
			open[number] = descriptor{device: stat.Dev, inode: stat.Ino}
		}
	}
	return open
}

// describeDescriptor says what is open at a number. What the Go runtime opens for
// itself, when it first needs it, is "".
func describeDescriptor(number int) string {
	what, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", number))
	if err != nil || strings.HasPrefix(what, "anon_inode:") {
		return ""
	}
	return fmt.Sprintf("%d (%s)", number, what)
}
