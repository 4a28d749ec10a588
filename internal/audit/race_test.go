//go:build race

package audit

// raceEnabled says that the race detector is on, which makes all this some ten times slower.
const raceEnabled = true
