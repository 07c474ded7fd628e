package ginkgorunner

import (
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/runner"
)

// Conformance makes the specs of a conformance suite: every scenario on every
// engine. It is the one call that a Ginkgo test file needs,
//
//	var _ = ginkgorunner.Conformance(conform.Suite{Backends: …})
//
// at package level: in a child process it runs the child's driver, and nothing of the
// file is run. The suite's Page and Reports are ignored: Ginkgo has reports of its own.
func Conformance(s conform.Suite) bool {
	suite := s.Runner()
	runner.Dispatch(suite)
	settings := s.Settings
	settings.Known = s.Known
	if len(suite.Engines) == 0 {
		panic("ginkgorunner: the suite has neither Backends nor Engines, so nothing would be tested")
	}
	return SpecsWith(settings, suite.Scenarios, suite.Engines...)
}
