package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"kbench/internal/result"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the goldens instead of comparing with them")
	os.Exit(m.Run())
}

func render(t *testing.T, format string, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Renderers()[format](&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	all := runs()
	for _, name := range names(all) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := New(all[name])
			if err != nil {
				t.Fatal(err)
			}
			for format := range Renderers() {
				if format == "html" { // html_test.go holds it to its parts
					continue
				}
				got := render(t, format, r)
				file := filepath.Join("testdata", name+"."+format)
				if flag.Lookup("update").Value.String() == "true" {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s is not what is rendered now; look at the difference after go test ./report -update\ngot\n%s", file, got)
				}
			}
		})
	}
}

// TestNumbersParseBack reads every number of the rendered tables and holds it against the records.
func TestNumbersParseBack(t *testing.T) {
	t.Parallel()
	checked := 0
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		first := Table{} // of where the time goes: they stand under one title
		if len(r.Times) > 0 {
			first = r.Times[0]
		}
		for _, table := range []struct {
			title string
			Table
		}{{"\n## Result\n", r.Result}, {"\n### Cost\n", r.Cost}, {"\n## Where the time goes\n", first}} {
			if len(table.Columns) == 0 {
				continue
			}
			rows := markdownRows(render(t, "md", r), table.title)
			if len(rows) != len(table.Rows)+2 {
				t.Fatalf("%s:%s got %d lines of a table, want %d", name, table.title, len(rows), len(table.Rows)+2)
			}
			for i, row := range table.Rows {
				for j, col := range table.Columns {
					if col.Metric != "" {
						holdAgainst(t, rows[i+2][j], col, run.Trials, row.Case)
						checked++
					}
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d cells were checked", checked)
	}
}

// holdAgainst computes the number of a cell by another way than New does.
func holdAgainst(t *testing.T, cell string, col Column, trials []*result.Trial, caseName string) {
	t.Helper()
	m, _ := result.Lookup(col.Metric)
	var whole, cut []float64
	for _, trial := range trials {
		v, known := m.Of(trial)
		switch {
		case trial.Case != caseName || !known:
		case col.Metric == "service_mean": // shown beside its parts
			if trial.Breakdown != nil {
				whole = append(whole, v)
			}
		case strings.Contains(col.Metric, "service") && !trial.Closed: // shown where there is no response
		case trial.Status == result.StatusOK:
			whole = append(whole, v)
		case trial.Status == result.StatusInterrupted:
			cut = append(cut, v)
		}
	}
	if len(whole) == 0 {
		whole = cut
	}
	got, known := parseCell(t, cell)
	if known != (len(whole) > 0) {
		t.Errorf("%s of %s: got %q from %v", col.Metric, caseName, cell, whole)
	}
	if !known {
		return
	}
	slices.Sort(whole)
	want, n := 0.0, len(whole)
	if col.Total {
		for _, v := range whole {
			want += v
		}
	} else {
		want = (whole[(n-1)/2] + whole[n/2]) / 2
	}
	if math.Abs(got-want) > 0.005*math.Abs(want)+0.5 { // three significant digits, or whole nanoseconds
		t.Errorf("%s of %s: got %q, want %v", col.Metric, caseName, cell, want)
	}
}

// parseCell reads a number as it is printed for people; false for a dash.
func parseCell(t *testing.T, cell string) (float64, bool) {
	t.Helper()
	cell = strings.TrimRight(cell, " ⁰¹²³⁴⁵⁶⁷⁸⁹")
	if cell == "–" {
		return 0, false
	}
	number, unitName, _ := strings.Cut(strings.TrimPrefix(cell, "≥ "), " ")
	factor, ok := map[string]float64{
		"": 1, "/s": 1, "ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, "k/s": 1e3, "M/s": 1e6, "k": 1e3, "M": 1e6,
		"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "B/s": 1, "KB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9,
	}[unitName]
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil || !ok {
		t.Errorf("%q is no number with a unit", cell)
	}
	return v * factor, true
}

// markdownRows returns the cells of the first table after a title.
func markdownRows(text, title string) (rows [][]string) {
	_, text, _ = strings.Cut(text, title)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestHostileStrings holds that no text of a record does anything where it is shown.
func TestHostileStrings(t *testing.T) {
	t.Parallel()
	r, err := New(runs()["hostile"])
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"md", "text", "csv"} {
		text := render(t, format, r)
		for _, c := range text {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Errorf("%s: has %U", format, c)
			}
		}
	}
	text := fenced.ReplaceAllString(render(t, "md", r), "") // TestMermaid holds pictures to their form
	for _, bad := range []string{`[^\\]<script`, "[^\\\\]`", `[^\\]\[b`, `http://`, `[^\\*]\*f`, `[^\\]&amp`, `(?m)^# x`, `(?m)^=`} {
		if m := regexp.MustCompile(bad).FindString(text); m != "" {
			t.Errorf("md: has %q, which is not inert", m)
		}
	}
	for _, row := range markdownRows(text, "\n## Result\n") {
		if len(row) != len(r.Result.Columns) {
			t.Errorf("md: got %d cells, want %d: %q", len(row), len(r.Result.Columns), row)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("csv: got %d rows (%v), want 3", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("csv: a spreadsheet computes %q", cell)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, text, want string }{
		{"a word", "all", "all"},
		{"a number below zero is no formula", "-1", "-1"},
		{"a signed number", "+1.5e3", "+1.5e3"},
		{"a formula", "=1+1", "'=1+1"},
		{"a formula by its sign", "-1+cmd()", "'-1+cmd()"},
		{"a function of old spreadsheets", "@SUM(1)", "'@SUM(1)"},
		{"a formula behind white space that is dropped", "\t=1", "'=1"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if got := plain(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

// TestCSVFollowsTheMetrics holds the columns and the numbers of the CSV against the table of metrics.
func TestCSVFollowsTheMetrics(t *testing.T) {
	t.Parallel()
	run := runs()["failures"]
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"run", "scenario", "case", "repeat", "status", "trust", "producer.acks"}
	for _, m := range result.Metrics() {
		want = append(want, m.Column())
	}
	if want = append(want, "at_least", "cluster"); !slices.Equal(rows[0], want) {
		t.Errorf("got columns %q, want %q", rows[0], want)
	}
	for i, trial := range run.Trials {
		for j, m := range result.Metrics() {
			cell := rows[i+1][7+j]
			v, known := m.Of(trial)
			got, err := strconv.ParseFloat(cell, 64)
			if known != (cell != "") || known && (err != nil || got != v) {
				t.Errorf("%s: got %q, want %v (%v)", m.Name, cell, v, known)
			}
		}
	}
}

// TestSameBytes renders computed-again reports: neither maps nor clocks show.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for format := range Renderers() {
		first := ""
		for range 5 {
			r, err := New(runs()["failures"])
			if err != nil {
				t.Fatal(err)
			}
			text := render(t, format, r)
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%s: two renderings differ", format)
			}
		}
	}
}

func TestManyCases(t *testing.T) {
	t.Parallel()
	var cases []string
	var trials []*result.Trial
	for _, a := range []string{"0", "1", "all"} {
		for _, linger := range []string{"0s", "1ms", "5ms", "20ms"} {
			for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
				name := "acks=" + a + ",linger=" + linger + ",compression=" + codec
				cases = append(cases, name)
				warn := func(t *result.Trial) { t.Warnings = []string{"odd: " + name} }
				trials = append(trials, newTrial(name, 1, warn), newTrial(name, 2, warn))
			}
		}
	}
	r, err := New(newRun(result.StatusComplete, cases, 2, trials...))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Result.Rows) != 60 || len(r.Notes) != maxNotes {
		t.Errorf("got %d rows and %d notes, want 60 and %d", len(r.Result.Rows), len(r.Notes), maxNotes)
	}
	for i, want := range []string{"acks", "linger", "compression"} {
		if got := r.Result.Columns[i].Head; got != want {
			t.Errorf("got column %q, want %q", got, want)
		}
	}
	for line := range strings.Lines(render(t, "text", r)) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 120 {
			t.Errorf("a line of %d: %s", n, line)
		}
	}
	var again Report
	if err := json.Unmarshal([]byte(render(t, "json", r)), &again); err != nil || len(again.Result.Rows) != 60 {
		t.Errorf("got %d rows back from JSON (%v)", len(again.Result.Rows), err)
	}
}

func TestNewRefusesNothing(t *testing.T) {
	t.Parallel()
	if _, err := New(nil); err == nil {
		t.Error("no run has a report")
	}
}

// FuzzMarkdown holds that a text stays one line, and ends no cell of a table and no escape of its own.
func FuzzMarkdown(f *testing.F) {
	f.Add("a | b\n# c")
	f.Add("\\|`<a>` __x__ 1. www.a http://b \x00\x1b[2J\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		out := md(s)
		escaped := false
		for _, r := range out {
			if !unicode.IsPrint(r) || !escaped && strings.ContainsRune("|`*[]~&$", r) {
				t.Fatalf("%q: %q is in %q", s, r, out)
			}
			escaped = r == '\\' && !escaped
		}
		if regexp.MustCompile(`(^|[^\\])<[a-zA-Z/!?]`).MatchString(out) {
			t.Fatalf("%q: a tag is in %q", s, out)
		}
		if escaped {
			t.Fatalf("%q: %q would escape what follows", s, out)
		}
	})
}
