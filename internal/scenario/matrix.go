package scenario

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
)

// combinations returns how many cases dims make, at most limit+1.
func combinations(dims []dimension, limit int) int {
	n := 1
	for _, d := range dims {
		if n *= len(d.values); n > limit {
			return limit + 1
		}
	}
	return n
}

// combination returns the values of case i: the first dimension is the slowest, as nested loops would have it.
func combination(dims []dimension, i int) []choice {
	values := make([]choice, len(dims))
	for k := len(dims) - 1; k >= 0; k-- {
		n := len(dims[k].values)
		values[k], i = dims[k].values[i%n], i/n
	}
	return values
}

// caseName joins what a case sets: acks=1,compression=lz4; base where there is no matrix. The last part of a path is
// its name, unless two paths end in the same.
func caseName(set []Setting) string {
	if len(set) == 0 {
		return "base"
	}
	last := func(s Setting) string { return ShortPath(s.Path) }
	ends := map[string]int{}
	for _, s := range set {
		ends[last(s)]++
	}
	var parts []string
	for _, s := range set {
		name := last(s)
		if ends[name] > 1 {
			name = s.Path
		}
		parts = append(parts, name+"="+s.Value)
	}
	return strings.Join(parts, ",")
}

// only keeps the cases whose names match one of globs; a glob that matches none is a problem. * matches / too, since
// rates and paths have it in their names.
func only(cases []Case, globs []string) ([]Case, []Problem) {
	if len(globs) == 0 {
		return cases, nil
	}
	var problems []Problem
	keep := make([]bool, len(cases))
	plain := strings.NewReplacer("/", "\x00")
	for _, glob := range globs {
		hit := false
		for i, c := range cases {
			ok, err := path.Match(plain.Replace(glob), plain.Replace(c.Name))
			if err != nil {
				problems = append(problems, Problem{File: "--only " + clip(glob), Msg: "not a glob: a [ needs its ], and \\ something after it"})
				hit = true
				break
			}
			keep[i] = keep[i] || ok
			hit = hit || ok
		}
		if !hit {
			problems = append(problems, Problem{File: "--only " + clip(glob), Msg: "no case has such a name; there are " + caseList(cases)})
		}
	}
	var kept []Case
	for i, c := range cases {
		if keep[i] {
			kept = append(kept, c)
		}
	}
	return kept, problems
}

// caseList names the first few cases.
func caseList(cases []Case) string {
	const few = 8
	var names []string
	for _, c := range cases[:min(few, len(cases))] {
		names = append(names, c.Name)
	}
	if len(cases) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names, " "), len(cases)-few)
	}
	return alternatives(names)
}

// steps puts the trials into order. Repeats are interleaved in both orders, so that a machine that grows slower meets
// every case alike; shuffled also keeps one case from always following the same other.
func steps(cases, repeats int, order Order, seed uint64) []Step {
	random := rand.New(rand.NewPCG(seed, 0))
	out := make([]Step, 0, cases*repeats)
	for repeat := 1; repeat <= repeats; repeat++ {
		round := make([]Step, cases)
		for i := range round {
			round[i] = Step{Case: i, Repeat: repeat}
		}
		if order == OrderShuffled {
			random.Shuffle(cases, func(i, j int) { round[i], round[j] = round[j], round[i] })
		}
		out = append(out, round...)
	}
	return out
}
