package scenarios

// Basics is for tests.
func Basics() []string { return basics }
