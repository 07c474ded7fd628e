// Package bench measures the bus beside what else could carry the same events.
package bench
