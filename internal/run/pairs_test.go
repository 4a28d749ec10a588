package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// walk follows a course, and returns its steps in words: repeat, pair, attempt and side. trust judges each trial.
func walk(t *testing.T, c Course, trust func(step Step) string) (words []string) {
	t.Helper()
	for range 200 {
		step, ok := c.Next()
		if !ok {
			return words
		}
		p := step.Pair
		words = append(words, fmt.Sprintf("r%d:%d.%d%s", step.Repeat, p.Number, p.Attempt, p.Side))
		c.Done(&result.Trial{Case: step.Case.Name, Repeat: step.Repeat, Pair: p, Verdict: result.Verdict{Trust: trust(step)}})
	}
	t.Fatalf("the course does not end: %v", words)
	return nil
}

// inOrder sorts the sides of each pair, which are drawn.
func inOrder(words []string) string {
	words = slices.Clone(words)
	for i := 0; i+1 < len(words); i += 2 {
		slices.Sort(words[i : i+2])
	}
	return strings.Join(words, " ")
}

func TestPaired(t *testing.T) {
	t.Parallel()
	sides := Pairing{A: Side{Case: &scenario.Case{Name: "a"}}, B: Side{Case: &scenario.Case{Name: "b"}}, Rest: time.Second}
	fine := func(Step) string { return result.TrustOK }
	for _, tt := range []struct {
		why    string
		pairs  int
		extend func([]*result.Trial) bool
		trust  func(Step) string
		want   string
	}{
		{"both sides of each pair, one right after the other", 2, nil, fine, "r1:1.1a r1:1.1b r2:2.1a r2:2.1b"},
		{
			"a pair with an invalid trial is run again, both of it", 2, nil,
			func(s Step) string {
				if s.Pair.Number == 1 && s.Pair.Attempt == 1 && s.Pair.Side == "a" {
					return result.TrustInvalid
				}
				return result.TrustOK
			},
			"r1:1.1a r1:1.1b r5:1.2a r5:1.2b r2:2.1a r2:2.1b",
		},
		{
			"at most twice", 1, nil, func(Step) string { return result.TrustInvalid },
			"r1:1.1a r1:1.1b r3:1.2a r3:1.2b r4:1.3a r4:1.3b",
		},
		{
			"what the client was the limit of was measured all the same", 1, nil, func(Step) string { return result.TrustClientBound },
			"r1:1.1a r1:1.1b",
		},
		{
			"as many again, once, where the answer is open", 1, func(trials []*result.Trial) bool { return len(trials) == 2 }, fine,
			"r1:1.1a r1:1.1b r2:2.1a r2:2.1b",
		},
		{"no more where it is not", 1, func([]*result.Trial) bool { return false }, fine, "r1:1.1a r1:1.1b"},
	} {
		p := sides
		p.Pairs, p.Extend = tt.pairs, tt.extend
		if got := inOrder(walk(t, Paired(p), tt.trust)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.why, got, tt.want)
		}
	}
}

// TestPairedOrder proves that neither side is always first, and that a seed says which is.
func TestPairedOrder(t *testing.T) {
	t.Parallel()
	order := func(seed uint64) (words []string) {
		p := Pairing{A: Side{Case: &scenario.Case{Name: "a"}}, B: Side{Case: &scenario.Case{Name: "b"}}, Pairs: 40, Seed: seed}
		return walk(t, Paired(p), func(Step) string { return result.TrustOK })
	}
	one := order(1)
	first := 0
	for i := 0; i < len(one); i += 2 {
		if strings.HasSuffix(one[i], "a") {
			first++
		}
	}
	if first < 10 || first > 30 {
		t.Errorf("a came first in %d of 40 pairs", first)
	}
	if !slices.Equal(one, order(1)) || slices.Equal(one, order(2)) {
		t.Error("the order does not follow from the seed")
	}
}
