package natsbus

import (
	"github.com/lahja/go-lahja/lahja/core"
)

// describedBytes is about how many bytes of descriptions go into one message.
const describedBytes = 32 << 10

// describe is core.Config.Describe.
func (e *Endpoint) describe(to any, d core.Description) {
	e.control(to.(*link), kindDescribed, control{Layouts: map[string][]byte{d.Type: d.Layout}})
}

// describeOwn tells a peer the endpoint's versions of the types to which it subscribes.
func (e *Endpoint) describeOwn(l *link) {
	e.out.add(op{do: func() { e.writer.describe(op{subject: l.inbox, to: l}, e.part.descriptions(0)) }})
}

// describeAgain tells a peer again everything that it may have missed.
func (e *Endpoint) describeAgain(l *link) {
	e.describeOwn(l)
	e.mu.Lock()
	remote := l.remote
	e.mu.Unlock()
	if remote != nil {
		remote.TellAgain()
	}
}

// describe publishes descriptions, several in a message, to where the op goes.
func (w *writer) describe(to op, all []core.Description) {
	layouts, size := map[string][]byte{}, 0
	flush := func() {
		if len(layouts) > 0 {
			to.data = appendControl(w.endpoint.header(kindDescribed), control{Layouts: layouts})
			w.perform(to)
		}
		layouts, size = map[string][]byte{}, 0
	}
	most := int(min(describedBytes, w.endpoint.most.Load()/2))
	for _, d := range all {
		cost := len(d.Type) + len(d.Layout)
		if size+cost > most {
			flush()
		}
		layouts[d.Type] = d.Layout
		size += cost
	}
	flush()
}

func (e *Endpoint) handleDescribed(l *link, c control) {
	for name, layout := range c.Layouts {
		if err := e.part.described(l, core.Description{Type: name, Layout: layout}); err != nil {
			e.malformed(l, err)
			return
		}
	}
}
