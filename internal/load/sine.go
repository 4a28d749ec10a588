package load

import (
	"math"
	"time"
)

// sineLines is how many Lines one period of a sine has. Between their corners the rate is at most (2π/1024)²/8 of the
// amplitude off that of the sine: 0.0005 %.
const sineLines = 1024

// Sine returns one period of a rate that goes up and down around a mean: it begins with the mean and goes up first. Rates are
// thousandths of a record a second, the amplitude at most the mean. A period of fewer nanoseconds than a sine has lines lacks
// some. The mean of a whole period is exact where its nanoseconds are an even number, and else to a billionth.
func Sine(mean, amplitude int64, period time.Duration) []Line {
	lines := make([]Line, sineLines)
	for i := range lines {
		lines[i] = Line{
			For:  sineCorner(i+1, period) - sineCorner(i, period),
			From: mean + sineAt(i, amplitude), To: mean + sineAt(i+1, amplitude),
		}
	}
	return lines
}

// sineCorner returns the instant of a corner. The second half of the period mirrors the first, roundings included, so that what
// the one is above the mean the other is below.
func sineCorner(i int, period time.Duration) time.Duration {
	if i > sineLines/2 {
		return period - sineCorner(sineLines-i, period)
	}
	return time.Duration(math.Round(float64(period) * (float64(i) / sineLines)))
}

// sineAt returns the sine at a corner, likewise mirrored.
func sineAt(i int, amplitude int64) int64 {
	const quarter = sineLines / 4
	switch {
	case i > 2*quarter:
		return -sineAt(4*quarter-i, amplitude)
	case i > quarter:
		return sineAt(2*quarter-i, amplitude)
	}
	return int64(math.Round(float64(amplitude) * math.Sin(2*math.Pi*float64(i)/sineLines)))
}
