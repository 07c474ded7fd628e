package saboteurs

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// oneByOne connects to one endpoint after the other.
type oneByOne struct{ endpoint }

func newOneByOne(e endpoint) lahja.EndpointAPI { return oneByOne{e} }

func (o oneByOne) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	for _, config := range configs {
		if err := o.EndpointAPI.ConnectToEndpoints(ctx, config); err != nil {
			return err
		}
	}
	return nil
}
