package ginkgorunner

import (
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/runner"
)

// Conformance makes the specs of a conformance suite: every scenario on every engine. It is
// the only call that a Ginkgo test file needs,
//
//	var _ = ginkgorunner.Conformance(conform.Suite{Backends: …})
//
// at package level: in a child process it runs the child's driver, and nothing else of the
// file runs. It ignores the suite's Page, Reports and Repeat: Ginkgo has reports and a
// --repeat. If all specs of an engine ran and none passed, it fails the suite after them.
//
// It compares only descriptors that went through the engine, unless the suite's
// Settings.Exclusive says that nothing else runs in the process. Shortly before go test's
// -timeout strikes, a spec stops and prints where its drivers are, and later specs are
// skipped. The ginkgo command bounds the suite itself (--timeout).
func Conformance(s conform.Suite) bool {
	suite := s.Runner()
	runner.Dispatch(suite)
	settings := s.RunSettings()
	if len(suite.Engines) == 0 {
		panic("ginkgorunner: the suite has neither Backends nor Engines, so nothing would be tested")
	}
	ginkgo.ReportAfterSuite("something passed on every engine", func(r ginkgo.Report) {
		for _, e := range suite.Engines {
			if untested(r, e.Name()) {
				ginkgo.Fail(fmt.Sprintf("nothing passed on %s: every scenario is unsupported there, or known to fail, so it was not tested; "+
					"have its backend claim what it can do", e.Name()))
			}
		}
	})
	return SpecsWith(settings, suite.Scenarios, suite.Engines...)
}

// untested reports whether all specs of an engine ran and were skipped because of their results. Specs
// that were not chosen have no reason for being skipped.
func untested(r ginkgo.Report, engineName string) bool {
	specs := 0
	for _, spec := range r.SpecReports {
		if !slices.Contains(spec.ContainerHierarchyTexts, engineName) {
			continue
		}
		specs++
		if spec.State != types.SpecStateSkipped || spec.Failure.Message == "" {
			return false
		}
	}
	return specs > 0
}
