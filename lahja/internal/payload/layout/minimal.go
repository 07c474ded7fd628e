package layout

import "encoding/binary"

// Minimal returns the smallest layout of the same structure, with its nodes in the order in which they
// are reached. So types that are declared differently and look the same on the wire have the same
// layout: one struct used twice, two structs with the same fields, a recursion unrolled once.
func (l Layout) Minimal() Layout {
	class := l.classes()
	number := map[int]int{} // of a class in the result
	var order []int         // a node of each class
	reach := func(node int) int {
		n, known := number[class[node]]
		if !known {
			n = len(order)
			number[class[node]] = n
			order = append(order, node)
		}
		return n
	}
	reach(0)
	var result Layout
	for i := 0; i < len(order); i++ {
		n := l[order[i]]
		children := n.children()
		for j, child := range children {
			children[j] = reach(child)
		}
		result = append(result, n.withChildren(children))
	}
	return result
}

// classes puts equivalent nodes into one class. It begins with the nodes' own properties, and then
// splits classes whose nodes refer to different classes, until no class splits any more.
func (l Layout) classes() []int {
	class := make([]int, len(l))
	next := make([]int, len(l))
	for count := 0; ; {
		known := map[string]int{}
		for i := range l {
			n := &l[i]
			own := n.withChildren(make([]int, len(n.children())))
			key := own.append(nil)
			key = binary.AppendUvarint(key, uint64(class[i]))
			for _, child := range n.children() {
				key = binary.AppendUvarint(key, uint64(class[child]))
			}
			c, ok := known[string(key)]
			if !ok {
				c = len(known)
				known[string(key)] = c
			}
			next[i] = c
		}
		class, next = next, class
		if len(known) == count {
			return class
		}
		count = len(known)
	}
}
