// Package runner runs scenarios on engines and judges them.
//
//	func TestMain(m *testing.M) {
//		runner.Dispatch(runner.Suite{Scenarios: mine})
//		os.Exit(m.Run())
//	}
//
//	func TestScenarios(t *testing.T) { runner.Test(t, mine, runner.Engines()...) }
//
// Call [Dispatch] first in main or TestMain. If drivers are processes, a child is this
// binary started again, and Dispatch runs the child's driver and exits. Subprocess engines
// refuse to run without the call.
//
// A scenario passes only if every driver finished every action and nothing was left
// behind. A [Report] begins with the first cause and where every other driver was at that
// moment; all other outcomes follow. In the output of go test it is on the line of the
// action that failed ([Report.Place]). GitHub Actions annotates that line.
//
// go test caches a pass while nothing changes that the test process itself read. It cannot
// know what child processes read, so a test that starts some is never cached.
//
// The first cause is the failure that was recorded first, with one exception: a child
// process that died by itself comes before failures that other drivers saw because of its
// death. They may notice sooner than the parent.
package runner
