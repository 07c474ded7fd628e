// Package runner runs scenarios on engines and judges them.
//
//	func TestMain(m *testing.M) {
//		runner.Dispatch(runner.Suite{Scenarios: mine})
//		os.Exit(m.Run())
//	}
//
//	func TestScenarios(t *testing.T) { runner.Test(t, mine, runner.Engines()...) }
//
// [Dispatch] comes first in main or TestMain: where drivers are processes, a child
// is this binary started again, and Dispatch is where it runs its driver and
// exits. Without the call a subprocess engine is refused.
//
// A scenario passes only because every driver finished every action and nothing
// was left behind. A [Report] gives the first cause first, where every other
// driver stood at that moment, and all other outcomes after it. In the output of
// go test it stands on the line of the action that failed ([Report.Place]), and in
// GitHub Actions that line is annotated.
//
// go test caches a pass as long as nothing changed that the test process itself read. It
// cannot know what child processes read, so a test that starts some is never cached.
//
// A first cause is the failure that was recorded first, with one exception: a
// child process that died by itself comes before what others made of its death,
// since they may notice sooner than its parent.
package runner
