package load

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// draws is how many each law is held to; fewer than sizeDraws, so that none comes twice.
const draws = 1_000_000

// The level of all these tests is 0.1 %: with the seeds that stand here they pass or fail once and for all.
const (
	normal999    = 3.0902 // 99.9th percentile of the normal distribution
	kolmogorov   = 1.9495 // 99.9 % of Kolmogorov's distribution (Smirnov, Annals of Mathematical Statistics 19, 1948)
	leastInACell = 20     // expected draws in a cell of a chi-square test, below which cells are joined (Cochran's rule asks for 5)
)

// chiSquare holds counts of draws to the parts of them that a law gives, which add up to 1. Critical values are by Wilson and
// Hilferty (The distribution of chi-square, PNAS 17, 1931), right to a thousandth from 10 degrees of freedom on.
func chiSquare(t *testing.T, what string, counts []int, parts func(i int) float64) {
	t.Helper()
	total := 0
	for _, n := range counts {
		total += n
	}
	var got, want []float64
	enough := true // there is, in the last cell
	for i, n := range counts {
		if enough {
			got, want = append(got, 0), append(want, 0)
		}
		last := len(got) - 1
		got[last] += float64(n)
		want[last] += parts(i) * float64(total)
		enough = want[last] >= leastInACell
	}
	if last := len(got) - 1; !enough && last > 0 {
		got[last-1], want[last-1] = got[last-1]+got[last], want[last-1]+want[last]
		got, want = got[:last], want[:last]
	}
	sum := 0.0
	for i := range got {
		sum += (got[i] - want[i]) * (got[i] - want[i]) / want[i]
	}
	free := float64(len(got) - 1)
	a := 2 / (9 * free)
	if limit := free * math.Pow(1-a+normal999*math.Sqrt(a), 3); sum > limit {
		t.Errorf("%s: chi-square is %.1f with %.0f degrees of freedom, want at most %.1f", what, sum, free, limit)
	}
}

func TestUniformSizes(t *testing.T) {
	t.Parallel()
	const least, most = 100, 2000
	counts := make([]int, most-least+1)
	sizesOf(UniformSizes(least, most), func(size int, _ bool) { counts[size-least]++ })
	chiSquare(t, "sizes", counts, func(int) float64 { return 1.0 / float64(len(counts)) })
}

func TestWeightedSizes(t *testing.T) {
	t.Parallel()
	sizes := []int{1, 200, 1000, 10_000, 1_000_000}
	for what, weights := range map[string][]float64{
		"as they are written": {1, 60, 30, 8, 1}, "one as good as all": {1e-9, 1e9, 1e-300, 0.1, 1}, "fractions": {0.1, 0.2, 0.3, 0.05, 0.35},
	} {
		law, counts, sum := map[int]float64{}, make([]int, len(sizes)), 0.0
		for i, size := range sizes {
			law[size] = weights[i]
			sum += weights[i]
		}
		sizesOf(WeightedSizes(law), func(size int, _ bool) { counts[slices.Index(sizes, size)]++ })
		chiSquare(t, "sizes by weight, "+what, counts, func(i int) float64 { return weights[i] / sum })
	}
}

// TestLognormalSizes holds sizes to their law by Kolmogorov and Smirnov's test, which is stricter than its level where values are
// whole numbers, and what is cut to its part by the binomial law.
func TestLognormalSizes(t *testing.T) {
	t.Parallel()
	const median, p99 = 1000, 64_000
	below := func(x float64) float64 { // the law, without its bounds
		return math.Erfc(-math.Log(x/median)/math.Log(float64(p99)/median)*normal99/math.Sqrt2) / 2
	}
	for _, tt := range []struct {
		why         string
		least, most int
	}{
		{"as a scenario has it", 48, 1_000_000},
		{"next to nothing is cut", 1, 1_000_000_000},
		{"most of it is cut", 900, 1100},
		{"one size is left", 1000, 1000},
	} {
		var sizes []int
		cut := 0
		sizesOf(LognormalSizes(median, p99, tt.least, tt.most), func(size int, out bool) {
			sizes = append(sizes, size)
			if out {
				cut++
			}
		})
		slices.Sort(sizes)
		if sizes[0] < tt.least || sizes[draws-1] > tt.most {
			t.Errorf("%s: sizes are %d to %d, beyond their bounds", tt.why, sizes[0], sizes[draws-1])
		}
		worst := 0.0
		for i := 1; i < draws; i++ {
			if sizes[i] != sizes[i-1] {
				worst = max(worst, math.Abs(float64(i)/draws-below(float64(sizes[i-1])+0.5)))
			}
		}
		if limit := kolmogorov / math.Sqrt(draws); worst > limit {
			t.Errorf("%s: sizes are not lognormal: distance %.5f, limit %.5f", tt.why, worst, limit)
		}
		want := below(float64(tt.least)-0.5) + 1 - below(float64(tt.most)+0.5)
		if off := math.Abs(float64(cut)/draws - want); off > normal999*math.Sqrt(want*(1-want)/draws)+1e-9 {
			t.Errorf("%s: %d of %d were cut, want a part of %.5f", tt.why, cut, draws, want)
		}
	}
}

// sizesOf shows the sizes that records have by a law.
func sizesOf(s Sizes, see func(size int, cut bool)) {
	m := NewMessages(Content{Sizes: s, Payload: Zeros, Seed: 1})
	for n := range uint64(draws) {
		see(m.Size(n))
	}
}

func TestKeysByTheirLaw(t *testing.T) {
	t.Parallel()
	hot := func(count int, keys, records float64, first int) (Keys, func(int) float64) {
		return Keys{Count: uint64(count), Pick: PickHot, HotKeys: keys, HotRecords: records}, func(k int) float64 {
			if k < first {
				return records / float64(first)
			}
			return (1 - records) / float64(count-first)
		}
	}
	same := func(count int, p Pick) (Keys, func(int) float64) {
		return Keys{Count: uint64(count), Pick: p}, func(int) float64 { return 1 / float64(count) }
	}
	check := func(why string, k Keys, law func(int) float64) {
		counts := make([]int, k.Count)
		keysOf(k, func(key uint64) { counts[key]++ })
		chiSquare(t, why, counts, law)
	}
	for _, count := range []int{2, 1000, 10_000} {
		k, law := same(count, PickUniform)
		check(fmt.Sprintf("%d keys", count), k, law)
		k, law = same(count, PickInTurn)
		check(fmt.Sprintf("%d keys in turn", count), k, law)
	}
	k, law := hot(1000, 0.01, 0.8, 10)
	check("a hundredth is hot", k, law)
	k, law = hot(30, 0.001, 0.5, 1)
	check("one key is hot at least", k, law)
	k, law = hot(100, 0.2, 0.1, 20)
	check("hot keys that are cold", k, law)
	k, law = hot(100, 0.5, 1, 50)
	check("nothing else is asked for", k, law)
	k, _ = hot(40, 1, 0.3, 40)
	check("all keys are hot", k, func(int) float64 { return 1.0 / 40 })
}

// TestZipf holds the first thousand ranks to the law one by one, and those after them in cells that double.
func TestZipf(t *testing.T) {
	t.Parallel()
	const single = 1000
	for _, count := range []int{2, 5000, 10_000_000} {
		for _, s := range []float64{0.2, 0.99, 1, 3} {
			cell := func(rank uint64) int {
				if rank < single {
					return int(rank)
				}
				return single - 1 + bits.Len64(rank/single)
			}
			counts, all := make([]int, cell(uint64(count-1))+1), harmonic(count, s)
			keysOf(Keys{Count: uint64(count), Pick: PickZipf, Exponent: s}, func(key uint64) { counts[cell(key)]++ })
			chiSquare(t, fmt.Sprintf("%d keys by zipf, exponent %v", count, s), counts, func(i int) float64 {
				if i < single {
					return math.Pow(float64(i+1), -s) / all
				}
				from := single << (i - single)
				return (harmonic(min(2*from, count), s) - harmonic(from, s)) / all
			})
		}
	}
}

// harmonic returns the sum of k^-s for k from 1 to n: of many terms, the later ones by their integral, which is right to a millionth.
func harmonic(n int, s float64) (sum float64) {
	const exact = 10_000
	for k := min(n, exact); k >= 1; k-- {
		sum += math.Pow(float64(k), -s)
	}
	switch from, to := exact+0.5, float64(n)+0.5; {
	case n <= exact:
	case s == 1:
		sum += math.Log(to / from)
	default:
		sum += (math.Pow(to, 1-s) - math.Pow(from, 1-s)) / (1 - s)
	}
	return sum
}

// keysOf shows the keys that records have by a law.
func keysOf(k Keys, see func(key uint64)) {
	m := NewMessages(Content{Keys: k, Seed: 1})
	key := m.NewKey()
	for n := range uint64(draws) {
		see(m.Key(n, key))
	}
}

// TestZipfByItsExponent fits the exponent: the likeliest one, given the draws, is normal around the true one, with the error that
// Fisher's information gives.
func TestZipfByItsExponent(t *testing.T) {
	t.Parallel()
	const count = 100_000
	logs := make([]float64, count)
	for k := range logs {
		logs[k] = math.Log(float64(k + 1))
	}
	// moments of the logarithm of the rank, by the law
	moments := func(s float64) (mean, variance float64) {
		var sum, first, second float64
		for _, l := range logs {
			w := math.Exp(-s * l)
			sum, first, second = sum+w, first+w*l, second+w*l*l
		}
		mean = first / sum
		return mean, second/sum - mean*mean
	}
	for _, s := range []float64{0.5, 0.99, 1, 1.3, 2} {
		observed := 0.0
		keysOf(Keys{Count: count, Pick: PickZipf, Exponent: s}, func(key uint64) { observed += logs[key] / draws })
		fitted := s
		for range 20 { // Newton's method
			mean, variance := moments(fitted)
			fitted += (mean - observed) / variance
		}
		_, variance := moments(s)
		if limit := normal999 / math.Sqrt(draws*variance); math.Abs(fitted-s) > limit {
			t.Errorf("the fitted exponent is %.5f, want %v within %.5f", fitted, s, limit)
		}
	}
}

// TestFirstKeys: key 0 is the commonest by zipf, keys in turn begin with it, and indexes print as they are.
func TestFirstKeys(t *testing.T) {
	t.Parallel()
	turn := NewMessages(Content{Keys: Keys{Count: 17, Pick: PickInTurn}})
	key := turn.NewKey()
	for n, want := range map[uint64]string{0: "0000000000000000", 1: "0000000000000001", 16: "0000000000000010", 17: "0000000000000000"} {
		if turn.Key(n, key); string(key) != want {
			t.Errorf("record %d in turn has key %s, want %s", n, key, want)
		}
	}
	one := NewMessages(Content{Keys: Keys{Count: 1, Pick: PickZipf, Exponent: 10}})
	for n := range uint64(1000) {
		if got := one.Key(n, key); got != 0 {
			t.Fatalf("key %d of one key", got)
		}
	}
	if none := NewMessages(Content{}); none.NewKey() != nil || none.Key(1, nil) != 0 {
		t.Error("records without keys have one")
	}
}

// TestText holds words to Zipf's law, and their bytes to what a reader of lines or of JSON expects.
func TestText(t *testing.T) {
	t.Parallel()
	text := string(newText(6_000_000, 1))
	if strings.ContainsAny(text, "\"\\\n\r\x00") {
		t.Error("there is a sign among the words that JSON would have to escape")
	}
	seen := map[string]int{}
	words := strings.Fields(text)
	for _, w := range words[:len(words)-1] { // the last one is cut
		seen[strings.TrimRight(w, ".,")]++
	}
	counts := make([]int, 0, vocabulary)
	for _, n := range seen {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	if len(counts) < vocabulary*99/100 || len(counts) > vocabulary {
		t.Fatalf("%d words, want about %d", len(counts), vocabulary)
	}
	all := 0.0
	for k := 1; k <= vocabulary; k++ {
		all += 1 / float64(k)
	}
	// Sorted by count, the common ones are sorted by rank.
	for _, rank := range []int{1, 2, 3, 5, 10, 20} {
		want := float64(len(words)) / all / float64(rank)
		if got := float64(counts[rank-1]); math.Abs(got-want) > 6*math.Sqrt(want) {
			t.Errorf("word %d comes %.0f times, want about %.0f", rank, got, want)
		}
	}
	if mean := float64(len(text)) / float64(len(words)); mean < 4.5 || mean > 7.5 {
		t.Errorf("a word and its space take %.1f bytes, want as many as English: about 6", mean)
	}
}
