// Package hosts is a test file that docs/connecting.md shows.
package hosts
