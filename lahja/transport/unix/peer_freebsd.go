package unix

// pidOf is not known: golang.org/x/sys leaves it out of the credentials.
func pidOf(int) int { return 0 }
