package natsbus

// Stats counts the messages that did not reach an endpoint.
type Stats struct {
	// Gaps is the number of gaps, Lost the number of messages in them.
	Gaps, Lost uint64
	// Events is Lost for each lahja.Gap.Event.
	Events map[string]uint64
	// Earlier is how many events were lost with connections that have ended (lahja.Gap.Earlier). Those
	// that were missed before the connection ended are in Lost as well.
	Earlier uint64
}
