//go:build unix

package sshengine_test

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/engine/internal/covertest"
)

func TestCountersOfDriversArriveOverSSH(t *testing.T) {
	east, west := startServer(t, "east"), startServer(t, "west")
	var machines []string
	for _, s := range []*server{east, west} {
		machines = append(machines, strings.Replace(s.line, " ", " "+user+" "+password+" ", 1))
	}
	covertest.Run(t, "COVERED_SSH="+strings.Join(machines, "\n"), "LAHJA_NATS=")
	covertest.Left(t, east.home)
	covertest.Left(t, west.home)
}
