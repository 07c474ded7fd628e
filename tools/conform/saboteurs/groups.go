package saboteurs

import (
	"context"
	"errors"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// hasGroups reports whether anybody subscribes to the payload's type as a member.
func (e endpoint) hasGroups(payload any) bool {
	t, err := lahja.TypeOfValue(payload)
	if err != nil {
		return false
	}
	for _, p := range e.Peers().Peers {
		if len(p.Subscriptions[t.Name].Groups) > 0 {
			return true
		}
	}
	return false
}

// toEveryMember sends an event for a group to a member on each endpoint.
func toEveryMember(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if !e.hasGroups(payload) || len(config.FilterEndpoints) > 0 || config.Internal {
		return e.EndpointAPI.Broadcast(ctx, payload, config)
	}
	var errs []error
	for _, name := range e.remoteSubscribers(payload) {
		config.FilterEndpoints = []string{name}
		errs = append(errs, e.EndpointAPI.Broadcast(ctx, payload, config))
	}
	return errors.Join(errs...)
}

// toAnyMember sends an event for groups to members on any endpoint, whatever the filter.
func toAnyMember(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if e.hasGroups(payload) {
		config.FilterEndpoints = nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// choosingNobody does not tell a receiver for which groups it was chosen.
var choosingNobody = editEvents(func(m *wire.EventMsg, _ bool) { m.Groups = nil })

// choosingForOne tells a receiver only the first group for which it was chosen.
var choosingForOne = editEvents(func(m *wire.EventMsg, _ bool) { m.Groups = m.Groups[:min(1, len(m.Groups))] })

// alone does not make handlers members of groups.
type alone struct{ endpoint }

func (a alone) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler != nil {
		config.Group = ""
	}
	return a.EndpointAPI.Subscribe(t, handler, config)
}

// enlisting makes a subscription outside of groups a member of the group of the endpoint's
// previous subscription to the type.
type enlisting struct {
	endpoint
	mu     *sync.Mutex
	groups map[string]string // by type
}

func newEnlisting(e endpoint) lahja.EndpointAPI {
	return enlisting{e, new(sync.Mutex), map[string]string{}}
}

func (l enlisting) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	l.mu.Lock()
	if config.Group == "" {
		config.Group = l.groups[t.Name]
	}
	l.groups[t.Name] = config.Group
	l.mu.Unlock()
	return l.EndpointAPI.Subscribe(t, handler, config)
}
