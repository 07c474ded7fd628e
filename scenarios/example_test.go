package scenarios_test

import (
	"fmt"

	"github.com/lahja/go-lahja/scenarios"
)

// Each scenario protects one rule, which a report repeats when it fails.
func ExampleAll() {
	for _, s := range scenarios.All() {
		if s.Name == "order/one-sender" {
			fmt.Println(s.Rule)
		}
	}
	// Output: Every subscription, handler or stream, gets one sender's events once each, in the order sent.
}

// In this order, the first failure is nearest to the cause of all others.
func ExampleByCause() {
	fmt.Println(scenarios.ByCause(scenarios.All())[0].Name)
	// Output: transport/carries-every-byte
}
