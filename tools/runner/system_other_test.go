//go:build !unix

package runner_test

import (
	"syscall"
	"testing"
	"time"
)

// ownSession is not used, because drivers cannot be processes here.
var ownSession *syscall.SysProcAttr

// cpuTime skips the benchmark.
func cpuTime(b *testing.B) time.Duration {
	b.Skip("this system does not say how much processor time children used")
	return 0
}
