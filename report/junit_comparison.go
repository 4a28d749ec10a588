package report

import (
	"fmt"
	"io"
	"strconv"

	"kbench/internal/result"
)

// comparisonJUnit writes a comparison of stored results as test results: a test for each gate.
func comparisonJUnit(w io.Writer, c *Comparison) error {
	all := junitSuites{Name: "comparison"}
	all.add(comparisonSuite(c, "comparison", false))
	return all.write(w)
}

// comparisonSuite holds side b to each gate. Worse by more than the margin is a failure, too little that can be trusted an
// error; where it can't be told, the test is skipped, or an error if openFails.
func comparisonSuite(c *Comparison, class string, openFails bool) junitSuite {
	s := junitSuite{Name: "comparison", Properties: []junitProperty{
		{clean(c.A.Name), clean(c.A.What)}, {clean(c.B.Name), clean(c.B.What)}, {"pairing", c.Pairing},
	}}
	for _, r := range c.Rows {
		s.number(c.label(&r)+".ratio", r.Ratio)
		s.number(c.label(&r)+".ratio_lo", r.Lo)
		s.number(c.label(&r)+".ratio_hi", r.Hi)
	}
	enough := junitCase{Name: "there is enough that can be trusted", Class: class, Out: clean(c.Sentence)}
	gates := c.gates()
	if c.Verdict == Untrusted && !hasVerdict(gates, Untrusted) {
		enough.Error, enough.Out = &junitProblem{Type: Untrusted, Message: clean(c.Sentence)}, ""
	}
	s.Cases = append(s.Cases, enough)
	for _, r := range gates {
		t := junitCase{Name: fmt.Sprintf("%s is not worse by %s", clean(c.label(r)), percent(*r.Margin)), Class: class}
		p := &junitProblem{Type: r.Verdict, Message: clean(c.describe(r))}
		switch {
		case r.Verdict == Fail:
			p.Type = "regression"
			t.Failure = p
		case r.Verdict == Untrusted, r.Verdict == Inconclusive && openFails:
			t.Error = p
		case r.Verdict == Inconclusive, r.Verdict == "":
			t.Skipped = &junitProblem{Message: p.Message}
		default:
			t.Out = r.Verdict + ": " + p.Message
		}
		s.Cases = append(s.Cases, t)
	}
	return s
}

// number adds a property that is known.
func (s *junitSuite) number(name string, v *float64) {
	if v != nil {
		s.Properties = append(s.Properties, junitProperty{clean(name), strconv.FormatFloat(*v, 'g', -1, 64)})
	}
}

func hasVerdict(rows []*Compared, verdict string) bool {
	for _, r := range rows {
		if r.Verdict == verdict {
			return true
		}
	}
	return false
}

// searchSuite has a test for each search: whether it found the highest rate, and one that is not kbench's own.
func searchSuite(r *Report, found []result.Found) junitSuite {
	s := junitSuite{Name: "searches"}
	for i := range found {
		f := &found[i]
		name := fmt.Sprintf("%s: search %d", clean(f.Case), f.Number)
		c := junitCase{Name: name, Class: className(r, "searches")}
		says := answer(f)
		if f.Pass > 0 {
			says += "; highest pass " + rateText(f.Pass)
			s.number(name+".pass_per_s", &f.Pass)
		}
		if f.Fail > 0 {
			says += "; lowest fail " + rateText(f.Fail)
			s.number(name+".fail_per_s", &f.Fail)
		}
		if f.Why != "" {
			says += ": " + clean(f.Why)
		}
		switch {
		case f.Open:
			c.Error = &junitProblem{Type: "unfinished", Message: says}
		case f.HarnessLimited:
			c.Error = &junitProblem{Type: "harness-limited", Message: says}
		case f.Pass <= 0:
			c.Failure = &junitProblem{Type: "threshold", Message: says}
		case !f.Sure():
			c.Error = &junitProblem{Type: "not sure", Message: says}
		default:
			c.Out = says
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}
