// Package conform runs all conformance scenarios over your transport, or over your
// implementation of lahja.EndpointAPI. In a test file it is one call:
//
//	func TestConformance(t *testing.T) {
//		conform.Test(t, conform.Suite{Backends: []engine.Backend{&transports.Backend{
//			BackendName: "mine",
//			New:         func() p2p.Transport { return mine.Transport{} },
//		}}})
//	}
//
// With Ginkgo, use ginkgorunner.Conformance. In a program, use command.Main with the
// suite's Runner: it adds the command "conform".
//
// A backend says what it can do (engine.Capability), and a scenario says what it needs.
// So there are three results: passed, failed, and unsupported, with the need that is not
// met. List a known failure with its reason in Suite.Known: it still runs, and the test
// fails once it passes.
//
// Package saboteurs shows that a pass means something: it has backends with one defect
// each, and the scenarios find every one.
package conform
