package drivers

import "context"

// Result reports the value in the slot to the test, as JSON, under a name.
func Result[T any](name string, value *Slot[T]) Action {
	return newAction("Result", []any{name, value}, func(_ context.Context, s *Scope) error {
		v, err := value.Load(s)
		if err != nil {
			return err
		}
		return s.Result(name, v)
	})
}
