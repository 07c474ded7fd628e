package drivers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/lahja/go-lahja/tools/engine"
)

// Operation records that the driver begins an operation on what is named object, with its input,
// and returns a function that records its output. Invariants such as linear.Register read them.
// Call done once, when the operation has ended. If it is not called, because the operation
// failed or the driver died, nobody knows whether the operation took effect. Later calls do
// nothing.
//
// Input and output are recorded as JSON. What cannot be encoded fails the action, as Fail does.
func (s *Scope) Operation(object string, input any) (done func(output any)) {
	value := s.encoded(object, input)
	serial := int(s.operations.Add(1))
	s.record(engine.Record{Kind: engine.RecordCalled, Name: object, Serial: serial, Value: value})
	var once sync.Once
	return func(output any) {
		value := s.encoded(object, output)
		once.Do(func() {
			s.record(engine.Record{Kind: engine.RecordReturned, Name: object, Serial: serial, Value: value})
		})
	}
}

func (s *Scope) encoded(object string, v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err == nil && len(data) > engine.MaxResult {
		err = fmt.Errorf("it has %d bytes of JSON; the limit is %d", len(data), engine.MaxResult)
	}
	if err != nil {
		s.Fail(fmt.Sprintf("operation on %s: %T cannot be recorded: %v", object, v, err))
	}
	return data
}

// Operate records an operation on what is named object: its input, and the output that fn
// returns. If fn fails, the action fails, and whether the operation took effect is not known.
func Operate(object string, input any, fn func(ctx context.Context, s *Scope) (output any, err error)) Action {
	return newAction("Operate", []any{object, input}, func(ctx context.Context, s *Scope) error {
		done := s.Operation(object, input)
		output, err := fn(ctx, s)
		if err == nil {
			done(output)
		}
		return err
	}).calling(fn)
}
