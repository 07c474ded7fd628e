package drivers_test

import (
	"fmt"

	d "github.com/lahja/go-lahja/tools/drivers"
)

// Drivers are data: they print, and can be vetted, without being run.
func ExampleDriver() {
	driver := d.New(d.RunEndpoint("client"),
		d.WaitUntilConnectedTo("server"),
		d.Throws(d.Broadcast(Tick{N: 1}), errMine),
		d.Checkpoint("done"))
	fmt.Println(driver)
	fmt.Println(d.Scenario{Name: "alone"}.Vet([]*d.Driver{driver}))
	// Output:
	// client: RunEndpoint("client") > WaitUntilConnectedTo("server") > Throws("mine", Broadcast(Tick{N:1})) > Checkpoint("done")
	// checkpoint "done" stands in driver client alone, so it waits for nobody; add it to another driver, or remove it
}
