package ginkgorunner

import (
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/runner"
)

// Conformance makes the specs of a conformance suite: every scenario on every
// engine. It is the one call that a Ginkgo test file needs,
//
//	var _ = ginkgorunner.Conformance(conform.Suite{Backends: …})
//
// at package level: in a child process it runs the child's driver, and nothing of the
// file is run. The suite's Page, Reports and Repeat are ignored: Ginkgo has reports and a
// --repeat. An engine on which all specs were run and none passed fails the suite after them.
//
// Descriptors are compared only as far as they went through the engine, unless the
// suite's Settings.Exclusive says that nothing else goes on in the process. Shortly
// before the time of go test is up (-timeout), a spec stops and says where its drivers
// stand, and those after it are skipped. The ginkgo command bounds the suite itself
// (--timeout).
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

// untested tells whether all specs of an engine were run and skipped by what came
// out. Specs that were not chosen have no reason why they were skipped.
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
