package report

import (
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// besideTrial returns a trial of the workload service, and where another rate than 0/s is asked for of bulk beside it.
func besideTrial(rate string, repeat int) *result.Trial {
	name := "bulk.rate=" + rate
	whole := newTrial(name, repeat)
	whole.Set = []scenario.Setting{{Path: "workloads.bulk.load.rate", Value: rate}}
	add := func(workload string, changes ...change) {
		w := newTrial(name, repeat, changes...)
		w.Workload, w.Set, w.Windows = workload, whole.Set, []result.Window{{Index: 0, Scheduled: 50_000, AckedPerS: 50_000}}
		whole.Workloads = append(whole.Workloads, w)
		whole.Plan.Workloads = append(whole.Plan.Workloads, scenario.Workload{Name: workload, Producer: w.Plan.Producer, Consumer: w.Plan.Consumer})
	}
	if rate == "0/s" {
		add("service", faster(3))
	} else {
		add("service")
		add("bulk", produceOnly, faster(0.2))
		for _, w := range whole.Workloads {
			w.Cost.CPUNsPerRecord, w.Cost.RSSMaxBytes, w.Cost.AllocPerRecord = nil, nil, nil
		}
	}
	whole.Client, whole.Windows = result.Clients{}, whole.Workloads[0].Windows
	return whole
}

func besideRun() *result.Run {
	var trials []*result.Trial
	for _, rate := range []string{"0/s", "10k/s"} {
		for repeat := range 2 {
			trials = append(trials, besideTrial(rate, repeat+1))
		}
	}
	run := newRun(result.StatusComplete, []string{"bulk.rate=0/s", "bulk.rate=10k/s"}, 2, trials...)
	for i := range run.Manifest.Plan.Cases {
		run.Manifest.Plan.Cases[i].Set = trials[2*i].Set
	}
	return run
}

// TestWorkloadsGoldens: a row for each workload of a case, and one for all of them where they are several.
func TestWorkloadsGoldens(t *testing.T) {
	t.Parallel()
	r, err := New(besideRun())
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "md", "csv", "benchfmt", "junit"} {
		got, file := render(t, format, r), filepath.Join("testdata", "workloads."+format)
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
	var names []string
	for _, row := range r.Result.Rows {
		names = append(names, row.Case)
	}
	want := []string{"bulk.rate=0/s / service", "bulk.rate=10k/s / service", "bulk.rate=10k/s / bulk", "bulk.rate=10k/s / all"}
	if !slices.Equal(names, want) {
		t.Errorf("rows are %q, want %q", names, want)
	}
}

// TestWorkloadsCSV: one row a trial for the whole, whose workload is empty, and then one for each workload.
func TestWorkloadsCSV(t *testing.T) {
	t.Parallel()
	r, err := New(besideRun())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", r))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"run", "scenario", "case", "repeat", "status", "trust", "workload", "workloads.bulk.load.rate"}; !slices.Equal(rows[0][:8], want) {
		t.Errorf("columns are %q, want %q", rows[0][:8], want)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[2]+" "+row[3]+" "+row[6])
	}
	want := []string{
		"bulk.rate=0/s 1 ", "bulk.rate=0/s 1 service", "bulk.rate=0/s 2 ", "bulk.rate=0/s 2 service",
		"bulk.rate=10k/s 1 ", "bulk.rate=10k/s 1 service", "bulk.rate=10k/s 1 bulk", "bulk.rate=10k/s 2 ", "bulk.rate=10k/s 2 service", "bulk.rate=10k/s 2 bulk",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows are %q, want %q", got, want)
	}
}

// TestWorkloadsElsewhere: what is held against what is one workload, in the answer and in the pictures.
func TestWorkloadsElsewhere(t *testing.T) {
	t.Parallel()
	r, err := New(besideRun())
	if err != nil {
		t.Fatal(err)
	}
	answer := r.Answer()
	if !strings.HasPrefix(answer, "Workload service: bulk.rate=10k/s") || !strings.Contains(answer, " Workload bulk: ") || strings.Contains(answer, " / ") {
		t.Errorf("the answer is %s", answer)
	}
	var series []string
	for _, s := range r.Charts().Series {
		series = append(series, s.Name)
	}
	if !slices.Contains(series, "bulk.rate=10k/s / bulk, repeat 2") || !slices.Contains(series, "bulk.rate=10k/s / all, repeat 2") || len(series) != 8 {
		t.Errorf("series are %q", series)
	}
}
