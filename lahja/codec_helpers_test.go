package lahja

// encodePayload encodes an event, or a pointer to one, as a broadcast to a peer does.
func encodePayload(v any) ([]byte, error) {
	described, err := typeOfValue(v)
	if err != nil {
		return nil, err
	}
	data, err := described.appendPayload(nil, v)
	if err == nil && described.traits.doubtful {
		_, err = described.decodeOwn(data)
	}
	return data, err
}
