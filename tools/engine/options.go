package engine

// Optioned is offered by engines whose runs depend on more than their name says.
type Optioned interface {
	// Options returns the engine's options in one line, for reports: "seed 7, messages take
	// 5ms". It returns "" if the engine has only those that its name stands for.
	Options() string
}

// OptionsOf returns the options of an engine, "" if it is not Optioned.
func OptionsOf(e Engine) string {
	if o, ok := e.(Optioned); ok {
		return o.Options()
	}
	return ""
}
