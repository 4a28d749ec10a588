package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kbench/internal/result"
)

// What CI servers read as JUnit is the format of Ant and Surefire; testdata/junit-10.xsd is the schema of it that Jenkins
// uses. Attributes and elements here are those that every server knows.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Time     string       `xml:"time,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`

		seconds float64
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Hostname   string          `xml:"hostname,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`

		seconds float64
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr,omitempty"`
		Failure *junitProblem `xml:"failure"` // what was measured is not good enough
		Error   *junitProblem `xml:"error"`   // it was not measured, or can't be trusted
		Skipped *junitProblem `xml:"skipped"` // nothing depends on it, or nothing can be told
		Out     string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report as test results. A suite is a case of the scenario; its tests are, for each trial, whether it can be
// trusted and whether its records fared as Kafka promises, and each threshold. A threshold missed and a promise broken are
// failures; a trial that failed, was cut short or can't be trusted is an error. The first suite says whether the run is
// whole. A suite's properties are the medians of all metrics, in base units. A comparison has a suite whose tests are its
// gates, and a search for the highest rate is one test.
func JUnit(w io.Writer, r *Report) error {
	all := junitSuites{Name: clean(r.Title)}
	all.add(runSuite(r))
	if r.Comparison != nil {
		all.add(comparisonSuite(r.Comparison, clean(r.Title)+".comparison", strings.Contains(r.run.Manifest.Comparison.OnOpen, "fail")))
	}
	if found := result.Searches(r.Trials); len(found) > 0 {
		all.add(searchSuite(r, found))
	}
	for _, g := range groupTrials(outside(r.Trials)) {
		all.add(caseSuite(r, g))
	}
	return all.write(w)
}

// write writes the document.
func (all *junitSuites) write(w io.Writer) error {
	all.Time = seconds(all.seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add counts a suite's tests, and adds it.
func (all *junitSuites) add(s junitSuite) {
	for _, c := range s.Cases {
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
	s.Time = seconds(s.seconds)
	all.Tests, all.Failures, all.Errors, all.seconds = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.seconds+s.seconds
	all.Suites = append(all.Suites, s)
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

// className groups the tests of a case. Servers take a point for the end of a package.
func className(r *Report, name string) string {
	return clean(r.Title) + "." + strings.ReplaceAll(clean(name), ".", "_")
}

// runSuite says whether the run did what it planned.
func runSuite(r *Report) junitSuite {
	c := junitCase{Name: "all planned trials ran", Class: className(r, "run")}
	for _, h := range statusHeadlines(r.run) {
		if !strings.HasPrefix(h.Verdict, "Failed") { // those are errors of their own
			c.Error = &junitProblem{Type: "incomplete", Message: clean(h.Verdict), Text: clean(h.Text)}
		}
	}
	s := junitSuite{Name: "run", Timestamp: clean(r.run.Manifest.Start), Cases: []junitCase{c}}
	for _, f := range r.Facts {
		s.Properties = append(s.Properties, junitProperty{f.Name, clean(f.Text)})
	}
	return s
}

func caseSuite(r *Report, g *group) junitSuite {
	s := junitSuite{Name: clean(g.name), Timestamp: clean(g.all[0].Start), Hostname: clean(g.all[0].Host.Hostname), Properties: properties(g)}
	for _, t := range g.all {
		length := time.Duration(t.WarmupNs + t.MeasureNs).Seconds()
		s.seconds += length
		trust := trustCase(t)
		trust.Time = seconds(length)
		s.Cases = append(s.Cases, trust)
		if t.Counts.Lost != nil || len(t.Integrity) > 0 {
			s.Cases = append(s.Cases, integrityCase(t))
		}
	}
	for _, th := range checkThresholds(g.all) {
		s.Cases = append(s.Cases, thresholdCase(g, th))
	}
	for i := range s.Cases {
		s.Cases[i].Class = className(r, g.name)
	}
	return s
}

// trialName names a trial among those of its case, the same in every run of the scenario.
func trialName(t *result.Trial) string {
	if t.Pair != nil {
		return fmt.Sprintf("pair %d, attempt %d", t.Pair.Number, t.Pair.Attempt)
	}
	return fmt.Sprintf("repeat %d", t.Repeat)
}

// trustCase says whether a trial was carried out, and whether to believe it. Client-bound passes, as it does by exit code. What
// an unusable trial means to a comparison, that has judged: another attempt may have taken its place.
func trustCase(t *result.Trial) junitCase {
	c := junitCase{Name: trialName(t) + ": trust"}
	reasons := lines(t.Verdict.Reasons)
	switch word := trustWord(t); {
	case t.Status != result.StatusOK:
		c.Error = &junitProblem{Type: clean(t.Status), Message: clean(sentence(t.Failure)), Text: reasons}
	case word == result.TrustOK, word == "client-bound":
		if reasons != "" {
			c.Out = word + "\n" + reasons
		}
	default:
		c.Error = &junitProblem{Type: word, Message: clean(strings.Join(t.Verdict.Reasons, "; ")), Text: reasons}
	}
	if t.Pair != nil && c.Error != nil {
		c.Error, c.Skipped = nil, &junitProblem{Message: c.Error.Type + ": " + c.Error.Message}
	}
	return c
}

// integrityCase says whether a trial's records fared as Kafka promises with its settings.
func integrityCase(t *result.Trial) junitCase {
	c := junitCase{Name: trialName(t) + ": integrity"}
	var broken, allowed []string
	for _, f := range t.Integrity {
		says := fmt.Sprintf("%s %s: %s", human(result.UnitRecords, float64(f.Count)), f.What, f.Why)
		if f.Level == result.Violation {
			broken = append(broken, says)
		} else {
			allowed = append(allowed, f.Level+": "+says)
		}
	}
	if len(broken) > 0 {
		c.Failure = &junitProblem{Type: result.Violation, Message: clean(strings.Join(broken, "; ")), Text: lines(broken)}
	}
	c.Out = lines(allowed)
	return c
}

// thresholdCase holds a case to one threshold, with the number of each of its trials.
func thresholdCase(g *group, th Threshold) junitCase {
	c := junitCase{Name: clean(th.Text)}
	if th.Missed == 0 {
		return c
	}
	m, _ := result.Lookup(th.Metric)
	figures := make([]string, 0, len(g.all))
	for _, t := range g.all {
		figure := "no number"
		if v, known := metricOf(m, t); known {
			figure = human(m.Unit, v)
			if t.AtLeast(m.Name) {
				figure = "at least " + figure
			}
		}
		figures = append(figures, trialName(t)+": "+figure)
	}
	c.Failure = &junitProblem{Type: "threshold", Message: clean(fmt.Sprintf("held in %s; worst: %s", th.held(), th.worst())), Text: lines(figures)}
	return c
}

// metricOf reads a metric that may be of a name that this kbench does not know.
func metricOf(m result.Metric, t *result.Trial) (float64, bool) {
	if m.Of == nil {
		return 0, false
	}
	return m.Of(t)
}

// properties are what the matrix set, and the medians of the metrics over the trials that count. at_least names those whose
// true value is larger.
func properties(g *group) (out []junitProperty) {
	for _, path := range slices.Sorted(maps.Keys(g.set)) {
		out = append(out, junitProperty{clean(path), clean(g.set[path])})
	}
	var atLeast []string
	for _, m := range result.Metrics() {
		v := spec{metric: m.Name}.number(g)
		if v == nil {
			continue
		}
		out = append(out, junitProperty{m.Column(), strconv.FormatFloat(v.Value, 'f', -1, 64)})
		if v.AtLeast {
			atLeast = append(atLeast, m.Name)
		}
	}
	if len(atLeast) > 0 {
		out = append(out, junitProperty{"at_least", strings.Join(atLeast, " ")})
	}
	return out
}

// lines puts each text on a line of its own.
func lines(texts []string) string {
	var b strings.Builder
	for i, s := range texts {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(clean(s))
	}
	return b.String()
}
