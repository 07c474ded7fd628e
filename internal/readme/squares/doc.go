// Package squares is a snippet of the README: a scenario of one's own.
package squares
