// Package conform tests a transport, or an implementation of lahja.EndpointAPI, that
// somebody else wrote, by all conformance scenarios. In a test file it is one call:
//
//	func TestConformance(t *testing.T) {
//		conform.Test(t, conform.Suite{Backends: []engine.Backend{engine.OverTransport{
//			BackendName: "mine",
//			New:         func() lahja.Transport { return mine.Transport{} },
//		}}})
//	}
//
// With Ginkgo it is ginkgorunner.Conformance, and in a program command.Main with the
// suite's Runner, whose command "conform" it is.
//
// A backend says what it can do (engine.Capability) and a scenario what it needs, so
// that three things stay apart: what passed, what failed, and what is unsupported,
// with the need that is not met. What is known to fail is listed with its reason
// (Suite.Known), runs all the same, and fails the test when it passes.
//
// That a pass means something is shown by package saboteurs: backends with one defect
// each, all of which the scenarios find.
package conform
