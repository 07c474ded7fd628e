package payload

import (
	"errors"
	"fmt"
	"reflect"
)

// Append appends an encoded event, a value of the type or a pointer to one. Whatever it encodes
// decodes at a peer.
func (t *Type) Append(dst []byte, event any) ([]byte, error) {
	start := len(dst)
	dst, err := t.encode(dst, event)
	if err == nil && t.traits.doubtful {
		_, err = t.decodeOwn(dst[start:])
	}
	if err != nil {
		return nil, err
	}
	return dst, nil
}

// RoundTrip returns the value that a peer receives for event. If values of the type arrive as
// they are sent, that is event itself, and data is nil. Otherwise data is the encoded event.
func (t *Type) RoundTrip(event any) (received any, data []byte, err error) {
	if !t.traits.changing {
		return event, nil, nil
	}
	if data, err = t.encode(nil, event); err == nil {
		received, err = t.decodeOwn(data)
	}
	return received, data, err
}

// encode is Append, but a value of a doubtful type may not decode.
func (t *Type) encode(dst []byte, event any) (data []byte, err error) {
	value := reflect.ValueOf(event)
	for value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return nil, errors.New("the event is a nil pointer; pass a value")
		}
		value = value.Elem()
	}
	defer func() {
		// A user's marshaller must not stop the endpoint.
		if p := recover(); p != nil {
			data, err = nil, fmt.Errorf("a marshaller in %s panicked: %v", t.Go, p)
		}
	}()
	if t.fast != nil {
		if data, ok, err := t.fast.append(dst, value); ok || err != nil {
			return data, err
		}
	}
	switch data, err = encodeValue(value); {
	case errors.Is(err, errTooDeep):
		return nil, fmt.Errorf("a value of %s nests deeper than %d levels, or contains itself; send a flat slice instead", t.Go, maxDepth)
	case err != nil:
		return nil, blame(value, err)
	}
	if len(data) > maxElements {
		if err := decMode.Wellformed(data); err != nil {
			return nil, fmt.Errorf("a slice or a map has more than %d elements: %w", maxElements, err)
		}
	}
	if dst == nil {
		return data, nil
	}
	return append(dst, data...), nil
}

// decodeOwn decodes what encode returned, as a peer would.
func (t *Type) decodeOwn(data []byte) (any, error) {
	v, err := t.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("it encodes, but does not decode: an any holds a map whose keys are no numbers, texts or truth values, "+
			"or two keys of a map are one on the wire, or an unmarshaller refuses it: %w", err)
	}
	return v, nil
}

// encodeValue encodes v, of any type, with the general codec.
func encodeValue(v reflect.Value) ([]byte, error) {
	in, err := inspect(v)
	switch {
	case err != nil:
		return nil, err
	case in.utc:
		return encModeUTC.Marshal(v.Interface())
	}
	return encMode.Marshal(v.Interface())
}

// blame adds to err which field of an event does not encode. It returns err if no single
// field is at fault. The codec's own error names only the value, which may be deep in an any.
func blame(event reflect.Value, err error) error {
	t := event.Type()
	if t.Kind() != reflect.Struct || codingOf(t).own {
		return err
	}
	fields, _ := sentFields(t, t.String()) // checked by Of
	for _, f := range fields {
		field, missing := event.FieldByIndexErr(f.index)
		if missing != nil {
			continue // of an embedded nil pointer, which is not sent
		}
		if _, failed := encodeValue(field); failed != nil {
			return fmt.Errorf("field %s holds what cannot be encoded; give it what can be: %w", f.path, err)
		}
	}
	return err
}
