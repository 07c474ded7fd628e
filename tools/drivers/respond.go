package drivers

import (
	"context"
	"reflect"

	"github.com/lahja/go-lahja/lahja"
)

// Respond answers the request in the slot. The answer need not be of the type
// that the request expects.
func Respond[Req any](request *Slot[lahja.Event[Req]], answer any) Action {
	return newAction("Respond", []any{request, answer}, func(ctx context.Context, s *Scope) error {
		e, err := request.Load(s)
		if err != nil {
			return err
		}
		return e.Respond(ctx, answer)
	}).answering(eventOf(reflect.TypeOf(answer)))
}
