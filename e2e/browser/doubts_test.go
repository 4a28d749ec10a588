//go:build e2e

package browser

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
)

// failing is a run of two cases, in one of which a sixth of the records of some seconds fail.
func failing(t *testing.T, of *result.Run) *result.Run {
	t.Helper()
	var trials []*result.Trial
	for _, name := range []string{"acks=1", "acks=all"} {
		for repeat := 1; repeat <= 3; repeat++ {
			trial := like(t, acked(t, of), name, repeat, 1+float64(repeat)/10)
			for i := range trial.Windows {
				if w := &trial.Windows[i]; name == "acks=all" && w.Index >= 3 && w.Index < 8 && w.Latency[result.Response] != nil {
					w.Failed = w.Scheduled / 6
					w.Acked = w.Scheduled - w.Failed
					w.Latency[result.Response].AtLeast = []string{"p90", "p95", "p99", "p999", "p9999", "max"}
				}
			}
			if name == "acks=all" {
				trial.Counts.Failed = trial.Counts.Scheduled / 24
				trial.Counts.Acked = trial.Counts.Scheduled - trial.Counts.Failed
				trial.Latency[result.Response].AtLeast = []string{"p99", "p999", "p9999", "max"}
			}
			trials = append(trials, trial)
		}
	}
	return runOf(of, "failing", "What is not acknowledged in time?", trials...)
}

// far is a comparison in which one metric has changed beyond all others.
func far(run *result.Run) *result.Run {
	for _, trial := range run.Trials {
		if l := trial.Latency[result.Response]; trial.Case == result.SideB && l != nil {
			*l.P50Ns *= 11
		}
	}
	return run
}

// TestLowerBoundsAreMarked holds that the mark of a lower bound goes with its number: into pictures, tables and CSV.
func TestLowerBoundsAreMarked(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "failing")["failing"], views()[0])
	eval[bool](p, `trial = document.getElementById('trial'); trial.selectedIndex = 3; trial.dispatchEvent(new Event('change'))`+`; true`)
	for _, tt := range []struct{ why, expression, want string }{
		{"the table of seconds has them", `String([...document.querySelectorAll('#over-table td')].filter(c => c.textContent.startsWith('≥ ')).length)`, "5"},
		{"and its CSV", `seriesCSV(JSON.parse(document.getElementById('data').textContent).series[3]).split('\n').filter(l => l.includes('true')).length + ' ' +
			/response_p99_ns_at_least/.test(seriesCSV(JSON.parse(document.getElementById('data').textContent).series[3]))`, "5 true"},
		{"the CSV of a trial without has no column for them", `String(/at_least/.test(seriesCSV(JSON.parse(document.getElementById('data').textContent).series[0])))`, "false"},
		{"points over time are hollow", `(() => {
			const chart = Chart.getChart(document.querySelector('#over-latency canvas'));
			return String(Math.max(...chart.data.datasets.map(d => new Set(d.pointBackgroundColor).size)));
		})()`, "2"},
		{"bars are open", `(() => {
			const sets = Chart.getChart(document.querySelector('#response-bars canvas')).data.datasets;
			return sets.map(d => d.label + ' ' + d.bound.join(' ')).join(', ');
		})()`, "p50 false false, p99 false true, p99.9 false true"},
		{"points by percentile are hollow", `(() => {
			const sets = Chart.getChart(document.querySelector('#response-percentiles canvas')).data.datasets;
			return sets.map(d => d.pointBackgroundColor.filter(c => c === 'transparent').length).join(' ');
		})()`, "0 4"},
		{"a point of the trade-off is of its own kind", `Chart.getChart(document.querySelector('#trade-off canvas')).data.datasets.filter(d => d.label.startsWith('a lower bound')).map(d => d.names.join()).join()`, "≥ acks=all"},
		{"a maximum stands at its rank", `(() => {
			const chart = JSON.parse(document.getElementById('data').textContent).charts.find(c => c.id === 'response-percentiles');
			const count = chart.columns.findIndex(c => c.key === 'records'), sets = Chart.getChart(document.querySelector('#response-percentiles canvas')).data.datasets;
			return String(sets.every((d, i) => d.data.at(-1).x === value(chart.rows[i][count])));
		})()`, "true"},
	} {
		if got := eval[string](p, tt.expression); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
	p.quiet()
}

// TestFarChangeLeavesRoom holds the axis of changes to those that can be told apart on it, and the marks to what is proven.
func TestFarChangeLeavesRoom(t *testing.T) {
	browser := startBrowser(t)
	for name, file := range pages(t, "far", "comparison") {
		p := open(t, browser, file, views()[0])
		got := eval[struct {
			Far          int     `json:"far"`
			Most         float64 `json:"most"`
			Hollow, Held int
		}](p, `(() => {
			const chart = Chart.getChart(document.querySelector('#differences canvas')), set = chart.data.datasets[0];
			return {
				far: set.far.filter(c => c !== null).length, most: chart.scales.x.max,
				Hollow: set.pointBackgroundColor.filter(c => c === css('--paper')).length,
				Held: [...document.querySelectorAll('#differences tbody td:nth-child(2)')].slice(0, set.data.length).filter(c => c.textContent.startsWith('~')).length,
			};
		})()`)
		if want := map[string]int{"far": 1, "comparison": 0}[name]; got.Far != want || got.Most > 1 {
			t.Errorf("%s: %d rows go beyond the axis, want %d; it ends at %v", name, got.Far, want, got.Most)
		}
		if got.Hollow != got.Held {
			t.Errorf("%s: %d marks are hollow, and %d changes are ~", name, got.Hollow, got.Held)
		}
		p.quiet()
	}
}

// TestComparedTablesSort sorts a table of a comparison by its changes: those that may be noise stand last.
func TestComparedTablesSort(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "comparison")["comparison"], views()[0])
	words := func() []string {
		return eval[[]string](p, `(() => {
			const table = [...document.querySelectorAll('#comparison > .scroll table.sort')][0], heads = [...table.tHead.rows[0].cells], i = heads.findIndex(c => c.textContent === 'change');
			heads[i].querySelector('button').click();
			return [...table.tBodies[0].rows].map(r => (r.cells[i].dataset.v ?? '') + ' ' + r.cells[i].textContent);
		})()`)
	}
	for _, way := range []string{"up", "down"} {
		noise := false
		for _, cell := range words() {
			noise = noise || strings.HasPrefix(cell, " ")
			if noise && !strings.HasPrefix(cell, " ") {
				t.Errorf("%s: %q stands behind one that may be noise", way, cell)
			}
		}
	}
	if got := eval[[]string](p, `[...document.querySelectorAll('#comparison > .scroll table.sort')].flatMap(t => [...t.tHead.rows[0].cells].filter(c => !c.querySelector('button')).map(c => c.textContent))`); !slices.Contains(got, "interval") || slices.Contains(got, "change") {
		t.Errorf("without an order are %q", got)
	}
	p.quiet()
}
