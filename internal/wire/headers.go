package wire

import (
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf8"
)

// appendHeaders appends a count and the headers, sorted by key.
func appendHeaders(dst []byte, headers map[string]string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(headers)))
	for _, key := range slices.Sorted(maps.Keys(headers)) {
		dst = appendText(dst, key)
		dst = appendText(dst, headers[key])
	}
	return dst
}

// headers takes a count and as many headers. The map's strings alias nothing.
func (d *decoder) headers() map[string]string {
	count := d.uvarint("the count of headers")
	if count == 0 || count > MaxHeaders {
		d.fail("%d headers; where there are any, there are 1 to %d", count, MaxHeaders)
	}
	if d.err != nil {
		return nil
	}
	headers := make(map[string]string, min(count, uint64(len(d.rest)/leastHeader)))
	var last string
	size := 0
	for range count {
		key := string(d.text(1, MaxHeaderKey, "a header's key"))
		value := string(d.text(0, MaxHeaderValue, "a header's value"))
		size += len(key) + len(value)
		d.checkHeader(key, value, last, size)
		if d.err != nil {
			return nil
		}
		headers[key], last = value, key
	}
	return headers
}

// leastHeader is the fewest bytes that one header can take: a length, a key of
// one byte, a length.
const leastHeader = 1 + 1 + 1

func (d *decoder) checkHeader(key, value, last string, size int) {
	switch {
	case !PrintableASCII(key):
		d.fail("the header %q; a key is printable ASCII", key)
	case key <= last:
		d.fail("the header %q does not come after %q", key, last)
	case !utf8.ValidString(value):
		d.fail("the value of the header %q is no UTF-8", key)
	case size > MaxHeaderBytes:
		d.fail("headers of more than %d bytes", MaxHeaderBytes)
	}
}

// PrintableASCII tells whether a text has no other byte than a space to a tilde.
func PrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
