package lahja

import "github.com/lahja/go-lahja/internal/option"

// OptionRules are those of Options.
var OptionRules = optionRules

// CoreRules are those of CoreConfig.
var CoreRules = coreRules

// UncoveredOptions are fields of Options and CoreConfig without a rule, and rules without a field.
func UncoveredOptions() []string {
	return append(option.Uncovered(Options{}, optionRules), option.Uncovered(CoreConfig{}, coreRules)...)
}
