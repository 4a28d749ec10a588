package report

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// TestMessages holds what a report says of records to what the scenario asked for, and to what they were like.
func TestMessages(t *testing.T) {
	t.Parallel()
	mean, p99, most, skew := 4915.3, int64(64_000), int64(1e6), 2.5
	seen := &result.Message{MeanBytes: &mean, P99Bytes: &p99, MaxBytes: &most, Cut: 45_000, PartitionSkew: &skew}
	sizes := []string{"mean value", "p99 value", "largest value"}
	for _, tt := range []struct {
		why     string
		set     func(m *scenario.Message)
		fact    string
		columns []string // of the costs
		note    string
	}{
		{"one size and no keys", func(*scenario.Message) {}, "200B, random, compressible to 0.50, no keys", nil, ""},
		{"a lognormal", func(m *scenario.Message) {
			m.Size = scenario.Sizes{Lognormal: &scenario.Lognormal{Median: 1000, P99: 64_000, Min: 48, Max: 1e6}}
		}, "median 1KB and p99 64KB, from 48B to 1MB, random, compressible to 0.50, no keys", sizes, "45,000 of 1,000,000 values would have been smaller than 48B or larger than 1MB, and have that size."},
		{"others are not cut", func(m *scenario.Message) {
			m.Size, m.Payload = scenario.Sizes{Uniform: []unit.Size{100, 2000}}, "text"
		}, "100B to 2KB, text, no keys", sizes, ""},
		{"zipf", func(m *scenario.Message) {
			m.Keys.Count, m.Keys.Pick, m.Keys.Exponent, m.Headers = 1e6, scenario.PickZipf, 0.99, 1
		}, "200B, random, compressible to 0.50, 1M keys, zipf with exponent 0.99, 1 header", []string{"partition skew"}, "Partition skew is the number of records in the fullest partition over the mean of all."},
		{"hot", func(m *scenario.Message) {
			m.Payload, m.Keys.Count, m.Keys.Pick = "lines.txt", 500, scenario.PickHot
		}, "as long as its line, the lines of lines.txt, 500 keys, hot: 1% of them in 80% of the records", append(slices.Clone(sizes), "partition skew"), ""},
	} {
		r, err := New(newRun(result.StatusOK, []string{"base"}, 1, newTrial("base", 1, func(t *result.Trial) {
			tt.set(&t.Plan.Message)
			t.Message = seen
		})))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Facts[slices.IndexFunc(r.Facts, func(f Fact) bool { return f.Name == "Records" })].Text; got != tt.fact {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.fact)
		}
		var columns []string
		for _, c := range r.Cost.Columns {
			if c.Metric == "partition_skew" || strings.HasPrefix(c.Metric, "value_") {
				columns = append(columns, c.Head)
			}
		}
		if !slices.Equal(columns, tt.columns) {
			t.Errorf("%s: columns are %q, want %q", tt.why, columns, tt.columns)
		}
		if tt.note != "" && !slices.Contains(r.Notes, tt.note) || tt.note == "" && slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "that size") }) {
			t.Errorf("%s: notes are %q, want %q among them", tt.why, r.Notes, tt.note)
		}
	}
}
