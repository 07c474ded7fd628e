package main

import (
	"testing"

	"github.com/lahja/go-lahja/tools/conform"
)

func TestConformance(t *testing.T) { conform.Test(t, suite) }
