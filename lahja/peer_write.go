package lahja

// write writes what is queued for the peer, until nothing is.
func (p *peer) write() {
	defer p.endpoint.work.End()
	if p.out.Write() {
		p.partly(saidGoodbye)
	}
}

// prelude is sendq.Config.Prelude: the greeting, once, and the endpoint's subscriptions.
func (p *peer) prelude(stale bool) []byte {
	first := p.greeting
	p.greeting = nil
	if stale {
		first = p.endpoint.core.appendOwn(first, &p.described)
	}
	return first
}
