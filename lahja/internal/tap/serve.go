package tap

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// Serve tells the tap what goes on, until the connection ends. Then it calls forget, after which
// nothing may be shown any more, and returns why the connection has ended.
func (t *Tap) Serve(inspection func() inspect.Inspection, forget func()) error {
	written := make(chan struct{})
	go func() {
		defer close(written)
		t.write(inspection)
		t.Close()
	}()
	_, _, err := t.frames.Next(wire.MaxHello)
	if err == nil {
		err = fmt.Errorf("%w: a tap says nothing after its first frame", wire.ErrMalformed)
	}
	t.Close()
	forget()
	close(t.done)
	<-written
	return err
}

// write writes to the tap.
func (t *Tap) write(inspection func() inspect.Inspection) {
	if t.writeInspection(inspection()) != nil {
		return
	}
	var tick <-chan time.Time
	if t.interval > 0 {
		ticker := time.NewTicker(t.interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		var err error
		last := false
		select {
		case <-t.wake:
			last, err = t.writeEvents()
		case <-tick:
			err = t.writeInspection(inspection())
		case <-t.done:
			return
		}
		if err != nil || last {
			return
		}
	}
}

func (t *Tap) writeEvents() (last bool, err error) {
	batch, last := t.take()
	for _, frame := range batch {
		_, _ = t.out.Write(frame) // Its first error sticks.
	}
	err = t.out.Flush()
	t.wrote()
	return last, err
}

func (t *Tap) writeInspection(i inspect.Inspection) error {
	data, err := json.Marshal(i)
	if err == nil && len(data) >= wire.MaxInspected {
		err = fmt.Errorf("the inspection takes %d bytes; the limit is %d", len(data), wire.MaxInspected)
	}
	if err != nil {
		refusal := wire.RefuseMsg{Code: wire.RefuseLimit, Reason: err.Error()}
		_, _ = t.conn.Write(refusal.Append(nil)) // The connection ends in any case.
		return err
	}
	_, err = t.conn.Write(wire.AppendInspected(nil, data))
	return err
}
