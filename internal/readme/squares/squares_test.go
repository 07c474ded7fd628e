package squares

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/runner"
)

type Squared struct{ N int } // An event is any struct.
type Square struct {         // A request also names the type of its answer.
	lahja.Expects[Squared]
	N int
}

var scenarios = []d.Scenario{
	d.Case("squares/are-served", "a client gets the square of its number, and nobody else does",
		d.New(d.ServeEndpoint("server"), // It answers in the background, until all drivers have finished.
			d.Serve(func(ctx context.Context, s *d.Scope, asked lahja.Event[Square]) (Squared, error) {
				return Squared{N: asked.Data.N * asked.Data.N}, nil
			})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"),
			d.Checkpoint("listening"),
			d.WaitAnyThenRequest(Square{N: 3}).Returns(Squared{N: 9}).From("server"),
			d.Signal("answered")),
		d.New(d.RunEndpoint("bystander"), d.ConnectToEndpoints("server"),
			d.ReceivesNothing[Squared](d.Checkpoint("listening"), d.Await("answered")))),
}

func TestMain(m *testing.M)    { runner.Main(m, scenarios) }
func TestSquares(t *testing.T) { runner.Test(t, scenarios) } // On every built-in engine.
