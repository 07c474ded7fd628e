package p2p

import (
	"github.com/lahja/go-lahja/internal/option"
)

// OptionRules are those of Options.
var OptionRules = optionRules

// UncoveredOptions are fields of Options without a rule, and rules without a field.
func UncoveredOptions() []string {
	return option.Uncovered(Options{}, optionRules)
}
