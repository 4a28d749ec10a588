package report

import (
	"bytes"
	"encoding/xml"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
)

// A node is any XML element.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Nodes   []node     `xml:",any"`
	Text    string     `xml:",chardata"`
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// within returns all elements of a name below n.
func (n node) within(name string) (out []node) {
	for _, c := range n.Nodes {
		if c.XMLName.Local == name {
			out = append(out, c)
		}
		out = append(out, c.within(name)...)
	}
	return out
}

func parseXML(t *testing.T, text string) node {
	t.Helper()
	var n node
	if err := xml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return n
}

// checkXSD holds a document to a schema of the kind of junit-10.xsd, in which the order of elements is free: every element is
// declared and stands where it may, has the attributes that it must have and no others, and text only where that is allowed.
func checkXSD(xsd, doc node) (problems []string) {
	declared, patterns := map[string]node{}, map[string]*regexp.Regexp{}
	for _, d := range xsd.Nodes {
		switch d.XMLName.Local {
		case "element":
			declared[d.attr("name")] = d
		case "simpleType":
			patterns[d.attr("name")] = regexp.MustCompile("^(" + d.within("pattern")[0].attr("value") + ")$")
		}
	}
	var check func(n node, path string)
	check = func(n node, path string) {
		path += "/" + n.XMLName.Local
		d, ok := declared[n.XMLName.Local]
		if !ok {
			problems = append(problems, path+": is not declared")
			return
		}
		text := d.attr("type") == "xs:string" || len(d.within("complexType")) > 0 && d.within("complexType")[0].attr("mixed") == "true"
		if !text && strings.TrimSpace(n.Text) != "" {
			problems = append(problems, path+": has text")
		}
		attributes := map[string]node{}
		for _, a := range d.within("attribute") {
			attributes[a.attr("name")] = a
			if a.attr("use") == "required" && !slices.ContainsFunc(n.Attrs, func(x xml.Attr) bool { return x.Name.Local == a.attr("name") }) {
				problems = append(problems, path+": lacks "+a.attr("name"))
			}
		}
		for _, a := range n.Attrs {
			declared, ok := attributes[a.Name.Local]
			if p := patterns[declared.attr("type")]; !ok || p != nil && !p.MatchString(a.Value) {
				problems = append(problems, path+": may not have "+a.Name.Local+"="+a.Value)
			}
		}
		for _, c := range n.Nodes {
			if !slices.ContainsFunc(d.within("element"), func(e node) bool { return e.attr("ref") == c.XMLName.Local }) {
				problems = append(problems, path+": may not hold "+c.XMLName.Local)
			}
			check(c, path)
		}
	}
	check(doc, "")
	return problems
}

func junitXSD(t *testing.T) node {
	t.Helper()
	b, err := os.ReadFile("testdata/junit-10.xsd")
	if err != nil {
		t.Fatal(err)
	}
	return parseXML(t, string(b))
}

func TestCheckXSD(t *testing.T) {
	t.Parallel()
	xsd := junitXSD(t)
	for _, tt := range []struct{ why, doc, want string }{
		{"all as it should be", `<testsuites time="1.250"><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b"><failure type="x">text</failure></testcase></testsuite></testsuites>`, ""},
		{"an attribute that must be there", `<testsuites><testsuite name="a" tests="1" errors="0"/></testsuites>`, "/testsuites/testsuite: lacks failures"},
		{"an attribute of somebody's own", `<testsuites><testsuite name="a" tests="1" errors="0" failures="0" trust="ok"/></testsuites>`, "/testsuites/testsuite: may not have trust=ok"},
		{"a time that is none", `<testsuites time="1.2s"/>`, "/testsuites: may not have time=1.2s"},
		{"an element in the wrong place", `<testsuites><testcase name="a"/></testsuites>`, "/testsuites: may not hold testcase"},
		{"an element of somebody's own", `<testsuites><metric/></testsuites>`, "/testsuites: may not hold metric"},
		{"text where none may be", `<testsuites>text</testsuites>`, "/testsuites: has text"},
	} {
		got := strings.Join(checkXSD(xsd, parseXML(t, tt.doc)), "; ")
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestJUnitIsValid(t *testing.T) {
	t.Parallel()
	xsd := junitXSD(t)
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, "junit", r)
		doc := parseXML(t, text)
		for _, p := range checkXSD(xsd, doc) {
			t.Errorf("%s: %s", name, p)
		}
		for _, s := range doc.within("testsuite") {
			for attr, inside := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error"} {
				if got, want := s.attr(attr), human(result.UnitRecords, float64(len(s.within(inside)))); got != want {
					t.Errorf("%s: suite %s says %s=%s, and has %s", name, s.attr("name"), attr, got, want)
				}
			}
		}
		if strings.ContainsAny(text, "\x1b\x00\u202e") {
			t.Errorf("%s: what steers terminals has come through", name)
		}
	}
}

// TestJUnitSays holds which tests there are, and what became of each.
func TestJUnitSays(t *testing.T) {
	t.Parallel()
	ok := []string{"run: all planned trials ran: ok"}
	bound := func(t *result.Trial) {
		t.Verdict = result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"kbench used 91% of its CPU"}}
	}
	tests := []struct {
		why  string
		run  *result.Run
		want []string
	}{
		{
			"a run that held all", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, thresholds)),
			append(ok, "base: repeat 1: trust: ok", "base: repeat 1: integrity: ok", "base: response_p99 <= 20ms: ok", "base: acked_per_s >= 49k: ok", "base: lost == 0: ok"),
		},
		{
			"client-bound is no error, as by exit code", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, bound, produceOnly)),
			append(ok, "base: repeat 1: trust: ok"),
		},
		{
			"what can't be trusted is an error, what missed a failure", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, thresholds, stalled)),
			append(ok, "base: repeat 1: trust: error invalid: 2 partitions were under-replicated before the trial",
				"base: repeat 1: integrity: failure violation: 12 lost: acks all promises that what is acknowledged stays, as long as one in-sync replica does",
				"base: response_p99 <= 20ms: failure threshold: held in 0 of 1 trials; worst: ≥ 7.80 ms in base, repeat 1",
				"base: acked_per_s >= 49k: failure threshold: held in 0 of 1 trials; worst: 48.9 k/s in base, repeat 1",
				"base: lost == 0: failure threshold: held in 0 of 1 trials; worst: 12 in base, repeat 1"),
		},
		{
			"a trial that failed is an error, and a number that is not there a miss", newRun(result.StatusFailed, []string{"base"}, 1, newTrial("base", 1, func(t *result.Trial) {
				t.Plan.Thresholds = nil
			}, thresholds, failed("no broker answered"))),
			append(ok, "base: repeat 1: trust: error failed: no broker answered.",
				"base: response_p99 <= 20ms: failure threshold: held in 0 of 1 trials (no number in 1: nothing was measured); worst: no number",
				"base: acked_per_s >= 49k: failure threshold: held in 0 of 1 trials (no number in 1: nothing was measured); worst: no number",
				"base: lost == 0: failure threshold: held in 0 of 1 trials (no number in 1: nothing was measured); worst: no number"),
		},
		{
			"a run that was killed is not green", newRun(result.StatusRunning, []string{"base"}, 2, newTrial("base", 1, produceOnly)),
			[]string{"run: all planned trials ran: error incomplete: Unfinished", "base: repeat 1: trust: ok"},
		},
		{
			"a run that left no record is not green", newRun(result.StatusComplete, []string{"base"}, 1),
			[]string{"run: all planned trials ran: error incomplete: Incomplete"},
		},
	}
	for _, tt := range tests {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range parseXML(t, render(t, "junit", r)).within("testsuite") {
			for _, c := range s.within("testcase") {
				became := "ok"
				for _, p := range c.Nodes {
					if kind := p.XMLName.Local; kind != "system-out" {
						became = kind + " " + p.attr("type") + ": " + p.attr("message")
					}
				}
				got = append(got, s.attr("name")+": "+c.attr("name")+": "+became)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.why, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestJUnitOfComparisons holds that they are valid, and that their gates are failures, errors or skipped as exit codes are.
func TestJUnitOfComparisons(t *testing.T) {
	t.Parallel()
	xsd, all := junitXSD(t), comparisons(t)
	for name, c := range all {
		var b bytes.Buffer
		if err := comparisonJUnit(&b, c); err != nil {
			t.Fatal(err)
		}
		doc := parseXML(t, b.String())
		for _, p := range checkXSD(xsd, doc) {
			t.Errorf("%s: %s", name, p)
		}
		if got, want := len(doc.within("failure")) > 0, c.Verdict == Fail; got != want {
			t.Errorf("%s: there is a failure: %v, though the verdict is %s", name, got, c.Verdict)
		}
		if got, want := len(doc.within("error")) > 0, c.Verdict == Untrusted; got != want {
			t.Errorf("%s: there is an error: %v, though the verdict is %s", name, got, c.Verdict)
		}
		if got := len(doc.within("testcase")); got != len(c.gates())+1 {
			t.Errorf("%s: %d tests, want one for each of %d gates, and one", name, got, len(c.gates()))
		}
	}
	open := *all["ab-extended"]
	for i := range open.Rows {
		if open.Rows[i].Margin != nil {
			open.Rows[i].Verdict = Inconclusive
		}
	}
	for _, tt := range []struct {
		why             string
		fails           bool
		errors, skipped int
	}{
		{"what can't be told is no verdict", false, 0, len(open.gates())},
		{"unless it is to fail", true, len(open.gates()), 0},
	} {
		all := junitSuites{}
		all.add(comparisonSuite(&open, "x", tt.fails))
		if got := all.Suites[0]; got.Errors != tt.errors || got.Skipped != tt.skipped {
			t.Errorf("%s: %d errors and %d skipped, want %d and %d", tt.why, got.Errors, got.Skipped, tt.errors, tt.skipped)
		}
	}
}
