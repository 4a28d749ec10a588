// Package report turns the records of a run into what people and machines read: tables in Markdown, plain text, CSV and
// JSON. A Report is computed from records only and holds every number once, so that no two formats can disagree;
// rendering it twice gives the same bytes.
//
// A Report holds text as the records have it. What makes that text harmless where it goes, from escape sequences on a
// terminal to formulas in a spreadsheet, is each Renderer's own work.
package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"reflect"

	"kbench/internal/result"
)

// A Report is everything that is said of one run.
type Report struct {
	NotKafka     string      `json:"not_kafka,omitempty"` // the first line of every rendering, where it is not empty
	Title        string      `json:"title"`
	Question     string      `json:"question,omitempty"`
	Run          string      `json:"run"`
	Comparison   *Comparison `json:"comparison,omitempty"` // of two sides, where that is what the run was for
	Headlines    []Headline  `json:"headlines"`            // what to know before the numbers, most important first
	Searches     *Searches   `json:"searches,omitempty"`   // for the highest rate, where there were any; Result has no rows of theirs
	Result       Table       `json:"result"`
	Timeline     Table       `json:"timeline,omitzero"`     // how a load with a profile went; no columns where none has one
	Faults       Table       `json:"faults,omitzero"`       // what came of each fault; no columns where none was planned
	Transactions Table       `json:"transactions,omitzero"` // what they cost and what became of them; no columns where there were none
	Backlog      Table       `json:"backlog,omitzero"`      // of each pause of the consumers; likewise
	Groups       Table       `json:"groups,omitzero"`       // of each consumer group; no columns where one number says it all
	Rebalances   Table       `json:"rebalances,omitzero"`   // what changes of consumer groups did to reading; no columns where there were none
	Events       Table       `json:"events,omitzero"`       // what happened while the load went on; no columns where nothing did
	Cost         Table       `json:"cost"`
	Times        []Table     `json:"times,omitempty"` // where the time goes; none where no client tells
	Notes        []string    `json:"notes"`           // a Cell's Notes count from 1
	Thresholds   []Threshold `json:"thresholds"`
	Reading      []string    `json:"reading"`
	Facts        []Fact      `json:"facts"`
	Settings     []Setting   `json:"settings"`

	Trials []*result.Trial `json:"-"` // the records themselves, in the plan's order
	Paths  []string        `json:"-"` // every path that the matrix sets, in the scenario's order

	run *result.Run // that all of this is computed from
}

// A Headline is a verdict in a few words, and what is behind it.
type Headline struct {
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
}

// A Table has a row for each case. It has no columns where there is nothing to show.
type Table struct {
	Caption string   `json:"caption"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// A Column is a metric, or words: what the matrix set, and the trust.
type Column struct {
	Head   string `json:"head"`
	Metric string `json:"metric,omitempty"` // empty for words
	Unit   string `json:"unit,omitempty"`   // the metric's
	Total  bool   `json:"total,omitempty"`  // numbers are totals over the repeats, not medians
}

// A Row is one case.
type Row struct {
	Case  string `json:"case"`
	Cells []Cell `json:"cells"` // one for each column
}

// A Cell is words, a number, or neither where there is none.
type Cell struct {
	Text   string  `json:"text,omitempty"`
	Number *Number `json:"number,omitempty"`
	Notes  []int   `json:"notes,omitempty"` // the doubts about it, as indexes into Report.Notes from 1
}

// A Number is a metric over the repeats of a case, in the metric's base unit.
type Number struct {
	Value   float64 `json:"value"` // the median, or the total
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Repeats int     `json:"repeats"`            // that have the number
	AtLeast bool    `json:"at_least,omitempty"` // the true value is larger
}

// A Fact is one line about what was measured where.
type Fact struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// A Setting is one setting of a client as its library has it in force.
type Setting struct {
	Side    string `json:"side"` // producer or consumer
	Name    string `json:"name"`
	InForce string `json:"in_force"`        // different values of different cases stand with / between them
	Asked   string `json:"asked,omitempty"` // where that is not what is in force
}

// A Renderer writes a Report in one format.
type Renderer func(w io.Writer, r *Report) error

// Renderers returns the renderers by the name of their format. The map is the caller's.
func Renderers() map[string]Renderer {
	return map[string]Renderer{
		"md": Markdown, "csv": CSV, "json": JSON, "text": Terminal,
		"junit": JUnit, "benchfmt": Benchfmt, "otava": Otava, "comment": Comment, "html": HTML,
	}
}

// New computes the report of a run, which may be unfinished or have no trial at all.
func New(run *result.Run) (*Report, error) {
	if run == nil {
		return nil, errors.New("report: there is no run to report on")
	}
	m := run.Manifest
	r := &Report{Run: m.Name, Title: m.Name, Trials: run.Trials, Paths: paths(run), run: run}
	switch {
	case len(run.Trials) > 0:
		r.Title, r.Question = cmp.Or(run.Trials[0].Scenario, m.Name), run.Trials[0].Plan.Description
	case m.Plan != nil:
		r.Title = cmp.Or(m.Plan.Name, m.Name)
		if len(m.Plan.Cases) > 0 {
			r.Question = m.Plan.Cases[0].Scenario.Description
		}
	}
	groups := groupByCase(run.Trials)
	labels := newLabels(run, groups)
	notes := &notes{}
	r.NotKafka = notKafka(run.Trials)
	r.Searches = newSearches(run, notes)
	r.Result = resultTable(groups, labels, notes)
	r.Timeline = timelineTable(groups, labels)
	r.Faults = faultsTable(groups, labels)
	r.Transactions = transactionsTable(groups, labels, notes)
	r.Backlog = backlogTable(groups, labels)
	r.Groups = groupsTable(groups, labels)
	r.Rebalances = rebalancesTable(groups, labels)
	r.Events = eventsTable(groups, labels)
	r.Cost = costTable(groups, labels, notes)
	r.Times = timesTables(groups, labels, notes)
	r.Notes = notes.texts
	r.Thresholds = checkThresholds(run.Trials)
	r.Headlines = headlines(run, r.Thresholds)
	if m.Comparison != nil {
		var err error
		if r.Comparison, err = NewPaired(m.Comparison, run.Trials); err != nil {
			return nil, err
		}
	}
	r.Reading = reading(r.Result)
	r.Facts = facts(run)
	r.Settings = settings(loads(run.Trials))
	return r, nil
}

// Schema returns the JSON Schema (2020-12) of what JSON writes.
func Schema() ([]byte, error) {
	return result.JSONSchema(reflect.TypeFor[Report](), "kbench report", true, nil)
}

// ComparisonSchema returns the JSON Schema of what ComparisonRenderers' json writes.
func ComparisonSchema() ([]byte, error) {
	return result.JSONSchema(reflect.TypeFor[Comparison](), "kbench comparison", true, nil)
}

// JSON writes the report as one JSON object, with numbers in base units.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(escaping{w})
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
