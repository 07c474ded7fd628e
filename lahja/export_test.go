package lahja

// PendingRequests is how many requests of ep wait for an answer.
func PendingRequests(ep *Endpoint) int {
	ep.core.mu.Lock()
	defer ep.core.mu.Unlock()
	return len(ep.core.pending)
}
