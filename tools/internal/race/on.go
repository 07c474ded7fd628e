//go:build race

package race

const factor = 4
