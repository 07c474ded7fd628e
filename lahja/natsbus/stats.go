package natsbus

import "fmt"

// Gap reports messages of a peer that did not arrive, because the server restarted or one
// side could not keep up. It is the Err of an Observation.
type Gap struct {
	// Peer is the name of the endpoint that sent the messages.
	Peer string
	// Event is the wire name of their type. It is empty for messages to this endpoint
	// alone: answers, filtered events and control messages.
	Event string
	// Lost is how many messages did not arrive.
	Lost uint64
}

// Error implements error.
func (g *Gap) Error() string {
	if g.Event == "" {
		return fmt.Sprintf("%d messages from %s for this endpoint alone did not arrive", g.Lost, g.Peer)
	}
	return fmt.Sprintf("%d events %s from %s did not arrive", g.Lost, g.Event, g.Peer)
}

// Stats counts the messages that did not reach an endpoint.
type Stats struct {
	// Gaps is the number of gaps, Lost the number of messages in them.
	Gaps, Lost uint64
	// Events is Lost for each Gap.Event.
	Events map[string]uint64
}
