package search

import "math"

// A Point is one of a curve: latency over load.
type Point struct {
	Load    float64 // records a second
	Latency float64 // mean, above 0
}

// Power returns the index of the point where throughput over latency is highest, -1 where there is none: what is gained in
// throughput beyond it costs more in latency (Kleinrock, Power and deterministic rules of thumb for probabilistic problems in
// computer communications, ICC 1979).
func Power(points []Point) int {
	best, most := -1, 0.0
	for i, p := range points {
		if power := p.Load / p.Latency; p.Latency > 0 && power > most {
			best, most = i, power
		}
	}
	return best
}

// Kneedle returns the index of the point that lies farthest below the line from the first point to the last, both axes taken
// from 0 to 1; -1 where none does, as with fewer than 3. Points are by rising load (Satopää and others, Finding a "Kneedle" in
// a haystack, ICDCS workshops 2011; without its smoothing, which is for many points).
func Kneedle(points []Point) int {
	if len(points) < 3 {
		return -1
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, p.Latency), max(high, p.Latency)
	}
	from, to := points[0].Load, points[len(points)-1].Load
	if !(high > low) || !(to > from) {
		return -1
	}
	best, most := -1, 0.0
	for i, p := range points {
		if below := (p.Load-from)/(to-from) - (p.Latency-low)/(high-low); below > most {
			best, most = i, below
		}
	}
	return best
}
