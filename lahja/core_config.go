package lahja

import "github.com/lahja/go-lahja/internal/option"

// coreRules say which values each field of CoreConfig may have.
var coreRules = []option.Rule{
	{Field: "Name", Any: "ValidateName checks it"},
	{Field: "Endpoint", Any: "check wants one"},
	{Field: "Logger", Any: "nil is the default, and any other logger will do"},
	{Field: "Observer", Any: "it is a function"},
	{Field: "OnHandlerError", Any: "it is a function"},
	{Field: "MaxPayload", Least: 1, Most: MaxMaxPayload},
	{Field: "MaxDecoded", Least: 1, Most: MaxMaxDecoded},
	{Field: "BlockWait", Least: 1, Negative: "no bound"},
	{Field: "Full", Any: "it is a function"},
	{Field: "Describe", Any: "it is a function"},
	{Field: "AnswerError", Any: "it is a function"},
	{Field: "OwnChanged", Any: "it is a function"},
}

func (c *CoreConfig) check() error {
	if err := ValidateName(c.Name); err != nil {
		return err
	}
	if c.Endpoint == nil {
		return invalidOption(c.Name, "CoreConfig.Endpoint is nil; want the endpoint that the core works for")
	}
	return invalidOption(c.Name, option.Check("CoreConfig", c, coreRules))
}
