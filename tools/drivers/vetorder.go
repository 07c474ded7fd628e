package drivers

func (p *plan) vetOrder() {}
