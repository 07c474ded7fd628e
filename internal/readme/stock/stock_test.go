package stock

import (
	"os"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/runner"
)

type Stock struct{ Left int }

var scenarios = []d.Scenario{
	d.Case("stock/is-told", "a shop hears how much the warehouse has left",
		d.New(d.ServeEndpoint("warehouse"),
			d.WaitAnyThenBroadcast(Stock{Left: 3})),
		d.New(d.RunEndpoint("shop"),
			d.ConnectToEndpoints("warehouse"),
			d.Receives(Stock{Left: 3}))).Apart(), // on two machines
}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios, Engines: agents.Engines()})
	os.Exit(m.Run())
}

func TestStock(t *testing.T) {
	engines := agents.Engines() // as LAHJA_NATS says: over TCP, TLS and NATS
	if len(engines) == 0 {
		t.Skip("LAHJA_NATS does not say where the NATS server is that knows the agents")
	}
	runner.Test(t, scenarios, engines...)
}
