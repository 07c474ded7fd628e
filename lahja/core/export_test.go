package core

// MostEarlier is mostEarlier.
const MostEarlier = mostEarlier
