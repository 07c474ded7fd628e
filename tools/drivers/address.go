package drivers

import (
	"context"
	"reflect"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Address says where an endpoint listens. A name is enough: the engine knows where the
// endpoint of that name listens in a run. A config says it itself.
type Address interface {
	~string | lahja.ConnectionConfig
}

// address is an Address.
type address struct {
	name   string
	config lahja.ConnectionConfig
	// byName says that the engine knows the rest.
	byName bool
}

func addressOf[A Address](a A) address {
	if config, ok := any(a).(lahja.ConnectionConfig); ok {
		return address{name: config.Name, config: config}
	}
	return address{name: reflect.ValueOf(a).String(), byName: true}
}

func addressesOf[A Address](all []A) []address {
	addresses := make([]address, len(all))
	for i, a := range all {
		addresses[i] = addressOf(a)
	}
	return addresses
}

func (a address) in(eng engine.EngineAPI) lahja.ConnectionConfig {
	if a.byName {
		return eng.Config(a.name)
	}
	return a.config
}

// served is in, when the driver that serves the name has opened its endpoint.
func (a address) served(ctx context.Context, s *Scope) (lahja.ConnectionConfig, error) {
	if a.byName {
		if err := s.waitAt(ctx, engine.Point{Kind: engine.AtListener, Name: a.name}); err != nil {
			return lahja.ConnectionConfig{}, err
		}
	}
	return a.in(s.engine), nil
}
