package lahja

import "fmt"

// Gap reports what a peer has sent and did not arrive. It is the Err of an Observation.
type Gap struct {
	// Peer is the name of the endpoint that sent it.
	Peer string
	// Event is the wire name of the events' type. It is empty if the type is not known.
	Event string
	// Lost is how many events did not arrive. If Event is empty and Earlier is not set, they are
	// messages on NATS to this endpoint alone: answers, events to named receivers, and what
	// endpoints tell each other.
	Lost uint64
	// Earlier says that connections to the peer have ended and the same run of it is connected again.
	// Lost is then every event that it sent over those connections and that did not arrive, except
	// those that an earlier report of this kind has counted.
	Earlier bool
}

// Error implements error.
func (g *Gap) Error() string {
	switch {
	case g.Earlier:
		return fmt.Sprintf("%d events that %s sent before the connection ended did not arrive", g.Lost, g.Peer)
	case g.Event == "":
		return fmt.Sprintf("%d messages from %s for this endpoint alone did not arrive", g.Lost, g.Peer)
	}
	return fmt.Sprintf("%d events %s from %s did not arrive", g.Lost, g.Event, g.Peer)
}
