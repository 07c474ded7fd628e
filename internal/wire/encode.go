package wire

import "encoding/binary"

// begin appends a frame whose length is not known yet. The frame's start is
// len(dst) before the call.
func begin(dst []byte, kind Kind) []byte { return append(dst, 0, 0, 0, 0, byte(kind)) }

// end fills in the length of the frame that starts at start.
func end(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// AppendFrame appends a frame of a body that was read.
func AppendFrame(dst []byte, kind Kind, body []byte) []byte {
	start := len(dst)
	return end(append(begin(dst, kind), body...), start)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
