// Package stock is a test file that docs/distributed.md shows.
package stock
