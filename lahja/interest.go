package lahja

// Interest says how an endpoint subscribes to one event type.
type Interest struct {
	// Shape is EventType.Shape at that endpoint, 0 if unknown.
	Shape uint64
	// Window is how many bytes of events of this type may be on their way to the endpoint,
	// counted as for SubscribeConfig.QueueBytes. 0 means no limit.
	Window int
	// Groups are the queue groups of which the endpoint is a member, sorted. Do not change
	// them. Everyone reports whether it also subscribes outside of groups, and so receives
	// every event.
	Groups   []string
	Everyone bool
}
