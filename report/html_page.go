package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A page is what the template shows, top to bottom. It holds text for people; the template makes it safe in HTML.
type page struct {
	parts
	Title, Question, Answer, NotKafka, Verdict, Tone, Run string

	Headlines []toned
	Brief     []Fact
	Sections  []section
	Version   string // of the library that draws
}

// A section is a part of the page. What it does not have is not shown.
type section struct {
	ID, Title string
	Texts     []string
	Tables    []htmlTable
	Over      *overTime
	Figures   []figure
	Remarks   []string
	Notes     []string // by number
	Folds     []folded
}

// A figure is a chart and its table.
type figure struct {
	ID, Title, Says string
	Kind            Kind
	Table           htmlTable
}

// A folded part is closed until somebody opens it.
type folded struct {
	Title string
	Facts []Fact
	Table *htmlTable
	Text  string // as it is, line by line
}

// newPage lays out a report.
func newPage(r *Report) (*page, error) {
	charts := r.Charts()
	p := &page{
		Title: clean(r.Title), Question: clean(r.Question), Answer: unclipped(r.Answer()), NotKafka: clean(r.NotKafka), Run: clean(r.Run), Version: ChartLibrary,
	}
	if p.Question == "" {
		p.Question = p.Title
	}
	if r.run != nil {
		p.Verdict, p.Tone = r.verdict()
	} else if r.Comparison != nil {
		p.Verdict, p.Tone = r.Comparison.Verdict, toneOf(r.Comparison.Verdict)
	}
	p.Verdict = clean(p.Verdict)
	for _, h := range r.Headlines {
		p.Headlines = append(p.Headlines, newToned(h))
	}
	for _, f := range r.Facts {
		if f.brief() {
			p.Brief = append(p.Brief, Fact{clean(f.Name), clean(f.Text)})
		}
	}
	p.add(comparisonSection(r.Comparison, charts.Comparison))
	p.add(searchSection(r.Searches, charts.Searches))
	if len(charts.Cases) > 0 {
		p.add(section{ID: "cases", Title: "Throughput and latency", Texts: []string{repeatsSay}, Figures: figures(charts.Cases)})
	}
	p.add(secondsSection(r, charts))
	p.add(timesSection(r.Times, charts.Times))
	p.add(section{ID: "places", Title: "By partition", Figures: figures(charts.Places)})
	p.add(integritySection(r))
	p.add(resultSection(r))
	p.add(factsSection(r))
	data, err := newPageData(slices.Concat(charts.Comparison, charts.Searches, charts.Cases, charts.Seconds, charts.Times, charts.Places), charts.Series)
	if err != nil {
		return nil, fmt.Errorf("report: encode the page's numbers: %w", err)
	}
	p.parts, err = newParts(data)
	return p, err
}

// add adds a section that has something to show.
func (p *page) add(s section) {
	if len(s.Texts)+len(s.Figures)+len(s.Tables)+len(s.Notes)+len(s.Folds) > 0 || s.Over != nil {
		p.Sections = append(p.Sections, s)
	}
}

// table adds a table, if it has any columns.
func (s *section) table(label string, t Table) {
	if len(t.Columns) > 0 {
		s.Tables = append(s.Tables, newHTMLTable(label, t))
	}
}

func figures(charts []Chart) (out []figure) {
	for _, c := range charts {
		f := figure{ID: c.ID, Title: clean(c.Title), Says: unclipped(c.Says), Kind: c.Kind, Table: newHTMLTable("Numbers: "+c.Title, c.Table)}
		f.Table.Caption = "" // it has the figure's
		out = append(out, f)
	}
	return out
}

func comparisonSection(c *Comparison, charts []Chart) section {
	if c == nil {
		return section{}
	}
	s := section{ID: "comparison", Title: "Comparison", Figures: figures(charts)}
	for _, side := range []ComparedSide{c.A, c.B} {
		s.Texts = append(s.Texts, clean(side.Name+": "+side.What))
	}
	s.Texts = append(s.Texts, clean(c.trials()))
	for _, t := range c.tables(true) {
		s.Tables = append(s.Tables, wordTable(t.name, t.columns, t.rows, t.values))
		if last := &s.Tables[len(s.Tables)-1]; last.Label == "" {
			last.Label = "All metrics compared"
		}
	}
	s.Remarks = append(s.Remarks, unclipped(c.caption()))
	for _, text := range c.remarks() {
		s.Remarks = append(s.Remarks, clean(upper(sentence(text))))
	}
	return s
}

func searchSection(s *Searches, charts []Chart) section {
	if s == nil {
		return section{}
	}
	return section{ID: "searches", Title: "Highest rate", Tables: []htmlTable{newHTMLTable("Highest rate of each search", s.Answers)}, Figures: figures(charts)}
}

func timesSection(tables []Table, charts []Chart) section {
	s := section{ID: "times", Title: "Where the time goes", Figures: figures(charts)}
	for i, t := range tables {
		title := fmt.Sprintf("All that the client libraries tell, table %d of %d", i+1, len(tables))
		s.Folds = append(s.Folds, folded{Title: title, Table: new(newHTMLTable(title, t))})
	}
	return s
}

func integritySection(r *Report) section {
	s := section{ID: "integrity", Title: "Integrity"}
	if r.run == nil {
		return s
	}
	s.table("Integrity by case", integrityTable(groupByCase(r.Trials)))
	s.table("Transactions by case", r.Transactions)
	s.table("Faults by case", r.Faults)
	s.table("Events by trial", r.Events)
	return s
}

func resultSection(r *Report) section {
	s := section{ID: "result", Title: "Result"}
	s.table("Result by case", r.Result)
	s.table("Groups by case", r.Groups)
	s.table("Rebalances by case", r.Rebalances)
	s.table("Backlog by pause", r.Backlog)
	s.table("Cost by case", r.Cost)
	if len(s.Tables) == 0 && r.Searches == nil && r.Comparison == nil {
		s.Texts = []string{"No trial has left a record yet."}
	}
	for _, note := range r.Notes {
		s.Notes = append(s.Notes, clean(note))
	}
	if len(r.Thresholds) > 0 {
		var rows [][]string
		for _, th := range r.Thresholds {
			rows = append(rows, []string{th.Text, th.held(), th.worst()})
		}
		s.Tables = append(s.Tables, wordTable("Thresholds", []Column{{Head: "threshold"}, {Head: "held in"}, {Head: "worst"}}, rows, nil))
	}
	return s
}

func factsSection(r *Report) section {
	s := section{ID: "facts", Title: "Plan and facts"}
	if len(r.Reading) > 0 {
		f := folded{Title: "Reading the table"}
		for _, line := range r.Reading {
			word, text, _ := strings.Cut(line, ": ")
			f.Facts = append(f.Facts, Fact{word, unclipped(text)})
		}
		s.Folds = append(s.Folds, f)
	}
	if len(r.Facts) > 0 {
		f := folded{Title: "What was measured where"}
		for _, fact := range r.Facts {
			f.Facts = append(f.Facts, Fact{clean(fact.Name), clean(fact.Text)})
		}
		s.Folds = append(s.Folds, f)
	}
	if r.run != nil && r.run.Manifest.Plan != nil && r.run.Manifest.Plan.Source != "" {
		s.Folds = append(s.Folds, folded{Title: "The scenario as it was read", Text: sourceText(r.run.Manifest.Plan.Source)})
	}
	if len(r.Settings) > 0 {
		var rows [][]string
		for _, set := range r.Settings {
			value := set.InForce
			if set.Asked != "" {
				value += " (asked for: " + set.Asked + ")"
			}
			rows = append(rows, []string{set.Side, set.Name, value})
		}
		s.Folds = append(s.Folds, folded{
			Title: "Settings in force, as the client libraries tell them",
			Table: new(wordTable("Settings in force", []Column{{Head: "side"}, {Head: "setting"}, {Head: "in force"}}, rows, nil)),
		})
	}
	return s
}

// maxSource bounds the lines of a scenario on the page.
const maxSource = 1000

// sourceText makes the text of a scenario printable, line by line.
func sourceText(s string) string {
	lines := strings.Split(s, "\n")
	if len(lines) > maxSource {
		lines = append(lines[:maxSource], fmt.Sprintf("… and %d more lines", len(lines)-maxSource))
	}
	for i, line := range lines {
		lines[i] = clip(strings.Map(func(r rune) rune {
			if unicode.IsPrint(r) {
				return r
			}
			return '\uFFFD'
		}, strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")), maxText)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
