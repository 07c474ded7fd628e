// Package hosts is a test file that docs/distributed.md shows.
package hosts
