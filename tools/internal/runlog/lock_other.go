//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package runlog

import "os"

// lock does nothing here: two commands with one log at once are not told.
func lock(*os.File) error { return nil }
