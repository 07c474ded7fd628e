// Package browser tests the pages of package timeline in Chromium. It is a module of its own, so
// that what it needs is not needed by lahja.
package browser
