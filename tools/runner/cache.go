package runner

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// startDir is where go test starts a test, within the module.
var startDir, _ = os.Getwd()

// uncacheable keeps go test from reusing the result of this test. It reuses one as long
// as the files and variables are the same that the test itself looked at, and it knows
// nothing of those that child processes looked at.
//
// There is no way to say so, but go test caches nothing that read a file of its module
// that was changed within the last two seconds, as such a file may change again unseen.
// So this reads one that is always new: of Linux's /proc, or else one of the user's cache
// that is dated ahead. Its path leads out of the module by way of its root.
func uncacheable() {
	always := "/proc/self/stat"
	if _, err := os.Lstat(always); err != nil {
		always = datedAhead()
	}
	if startDir == "" || always == "" {
		return
	}
	out := strings.Repeat("/..", strings.Count(startDir, "/")+64) // Too many do no harm.
	if file, err := os.Open(startDir + out + filepath.ToSlash(always)); err == nil {
		file.Close()
	}
}

// datedAhead is an empty file that is newer than any test; "" where none can be made.
func datedAhead() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	name := filepath.Join(cache, "lahja-uncacheable")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		return ""
	}
	ahead := time.Now().AddDate(1, 0, 0)
	if err := os.Chtimes(name, ahead, ahead); err != nil {
		return ""
	}
	return name
}
