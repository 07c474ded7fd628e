package runner

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/lahja/go-lahja/tools/internal/lasting"
)

// descriptor identifies what is open at a number: a file, a socket, a pipe.
type descriptor struct{ device, inode uint64 }

// listed is what was open when somebody last looked.
var listed struct {
	sync.Mutex
	open map[int]descriptor
}

// openDescriptors returns this process's descriptors by number. The caller must not change them.
// They are listed again only if they have changed, as that takes a tenth of a small scenario.
func openDescriptors() map[int]descriptor {
	listed.Lock()
	defer listed.Unlock()
	if !stillOpen(listed.open) {
		listed.open = listDescriptors()
	}
	return listed.open
}

// stillOpen reports whether these are all descriptors that are open now: there are as many, and at
// each number is the same. A kernel before 6.2 does not say how many there are.
func stillOpen(all map[int]descriptor) bool {
	var dir syscall.Stat_t
	if syscall.Stat(descriptorsDir, &dir) != nil || dir.Size == 0 || dir.Size != int64(len(all)) {
		return false
	}
	for number, d := range all {
		if now, ok := descriptorAt(number); !ok || now != d {
			return false
		}
	}
	return true
}

const descriptorsDir = "/proc/self/fd"

func listDescriptors() map[int]descriptor {
	dir, err := os.Open(descriptorsDir)
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
		if d, ok := descriptorAt(number); ok {
			open[number] = d
		}
	}
	return open
}

// descriptorAt reports false if nothing is open at the number.
func descriptorAt(number int) (descriptor, bool) {
	var stat syscall.Stat_t
	if syscall.Fstat(number, &stat) != nil {
		return descriptor{}, false
	}
	return descriptor{device: stat.Dev, inode: stat.Ino}, true
}

// describeDescriptor says what is open at a number. It returns "" for what outlasts runs, and for
// what the Go runtime opens for itself when it first needs it.
func describeDescriptor(number int, d descriptor) string {
	if lasting.Has(lasting.ID{Device: d.device, Inode: d.inode}) {
		return ""
	}
	what, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", number))
	if err != nil || strings.HasPrefix(what, "anon_inode:") {
		return ""
	}
	return fmt.Sprintf("%d (%s)", number, what)
}
