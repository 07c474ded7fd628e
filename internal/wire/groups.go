package wire

import "encoding/binary"

// maxGroupCount and maxGroupLength are the most bytes of the number of groups, and of
// the length of a group's name.
const (
	maxGroupCount  = 1
	maxGroupLength = 2
)

// appendGroups appends a count and the names.
func appendGroups(dst []byte, groups []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(groups)))
	for _, group := range groups {
		dst = appendText(dst, group)
	}
	return dst
}

// someGroups takes a count, which is not 0, and as many names.
func (d *decoder) someGroups() []string {
	count := d.uvarint("the count of groups")
	if count == 0 || count > MaxTypeGroups {
		d.fail("%d groups; where there are any, there are 1 to %d", count, MaxTypeGroups)
	}
	return d.groups(count)
}

// groups takes so many names, in ascending order.
func (d *decoder) groups(count uint64) []string {
	var groups []string
	last := ""
	size := 0
	for range count {
		group := string(d.text(1, MaxName, "a group's name"))
		if group <= last {
			d.fail("group %q does not come after %q", group, last)
		}
		if size += len(group); size > MaxTypeGroupBytes {
			d.fail("groups with names of more than %d bytes", MaxTypeGroupBytes)
		}
		if d.err != nil {
			return nil
		}
		groups, last = append(groups, group), group
	}
	return groups
}
