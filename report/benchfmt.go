package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
)

// Benchfmt writes the Go benchmark format, which benchstat reads: a line for each trial that can be trusted, with the metrics of
// the report's tables. https://go.dev/design/14313-benchmark-format is the format.
//
// What all trials share of software and machine stands above, as configuration by which benchstat keeps results apart. What was
// left out is told on lines that begin with #, which the format skips.
func Benchfmt(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	if r.NotKafka != "" {
		fmt.Fprintf(b, "# %s\n", clean(r.NotKafka))
	}
	for _, c := range benchConfig(r.Trials) {
		fmt.Fprintf(b, "%s: %s\n", c.Name, c.Text)
	}
	metrics := benchMetrics(r)
	for _, m := range metrics {
		switch m.Better {
		case +1:
			fmt.Fprintf(b, "Unit %s better=higher\n", benchUnit(m))
		case -1:
			fmt.Fprintf(b, "Unit %s better=lower\n", benchUnit(m))
		}
	}
	for _, t := range result.SplitAll(outside(r.Trials)) {
		benchLine(b, r, t, metrics)
	}
	benchSearches(b, r)
	return b.Flush()
}

// benchSearches writes the highest rate of each search that found one of the brokers'.
func benchSearches(b *bufio.Writer, r *Report) {
	found := result.Searches(r.Trials)
	if len(found) > 0 {
		fmt.Fprint(b, "Unit capacity/s better=higher\n")
	}
	for i := range found {
		f := &found[i]
		if !f.Sure() {
			fmt.Fprintf(b, "# left out: %s, search %d: %s\n", clean(f.Case), f.Number, answer(f))
			continue
		}
		fmt.Fprintf(b, "Benchmark%s 1 %s capacity/s\n", benchName(r, f.Steps[0]), strconv.FormatFloat(f.Pass, 'f', -1, 64))
	}
}

// benchLine writes a trial. A lower bound is no measurement, and left out.
func benchLine(b *bufio.Writer, r *Report, t *result.Trial, metrics []result.Metric) {
	name := clean(t.Case) + ", " + trialName(t)
	if !trusted(t) {
		fmt.Fprintf(b, "# left out: %s: %s\n", name, clean(distrust(t)))
		return
	}
	var line strings.Builder
	for _, m := range metrics {
		v, known := m.Of(t)
		switch {
		case !known:
		case t.AtLeast(m.Name):
			fmt.Fprintf(b, "# left out: %s of %s: the true value is larger than %s\n", m.Name, name, human(m.Unit, v))
		default:
			if m.Unit == result.UnitNs {
				v /= 1e9
			}
			fmt.Fprintf(&line, " %s %s", strconv.FormatFloat(v, 'f', -1, 64), benchUnit(m))
		}
	}
	if line.Len() > 0 {
		fmt.Fprintf(b, "Benchmark%s 1%s\n", benchName(r, t), line.String())
	}
}

// trusted reports whether a trial's numbers may stand for its case where nobody reads the doubts.
func trusted(t *result.Trial) bool {
	return t.Status == result.StatusOK && t.Aborted == nil && (t.Verdict.Trust == result.TrustOK || t.Verdict.Trust == result.TrustClientBound)
}

// distrust says why a trial is not trusted.
func distrust(t *result.Trial) string {
	if t.Status != result.StatusOK {
		return strings.TrimSuffix(t.Status+": "+t.Failure, ": ")
	}
	if a := t.Aborted; a != nil {
		return "stopped early: " + a.Why
	}
	return strings.TrimSuffix(trustWord(t)+": "+strings.Join(t.Verdict.Reasons, "; "), ": ")
}

// benchMetrics are those of the report's tables of results and cost.
func benchMetrics(r *Report) (out []result.Metric) {
	for _, c := range slices.Concat(r.Result.Columns, r.Cost.Columns) {
		if m, ok := result.Lookup(c.Metric); ok {
			out = append(out, m)
		}
	}
	return out
}

// benchName is Kbench/SCENARIO/KEY=VALUE..-GOMAXPROCS. Both sides of a comparison are the same benchmark, told apart by side=a
// and side=b. The last part is always there: without it, one would be taken off a value that ends in -5.
func benchName(r *Report, t *result.Trial) string {
	parts := []string{"Kbench", url.PathEscape(clean(r.Title))}
	l := labels{}
	for _, s := range t.Set {
		l.paths = append(l.paths, s.Path)
	}
	switch {
	case t.Pair != nil:
		parts = append(parts, "side="+url.PathEscape(clean(t.Pair.Side)))
	case len(t.Set) == 0:
		parts = append(parts, url.PathEscape(clean(t.Case)))
	default:
		for _, s := range t.Set {
			parts = append(parts, url.PathEscape(clean(l.head(s.Path)))+"="+url.PathEscape(clean(s.Value)))
		}
	}
	return strings.Join(parts, "/") + "-" + strconv.Itoa(t.Host.GOMAXPROCS)
}

// benchUnit is a metric as a unit of benchstat's, which scales sec and B: response_p99-sec, acked/s, acked-B/s, rss_max-B.
// Note: the format knows ns too, but its reader keeps that for a value of 0, and so makes two units of one.
func benchUnit(m result.Metric) string {
	switch m.Unit {
	case result.UnitNs:
		return strings.Replace(m.Name, "_ns", "", 1) + "-sec"
	case result.UnitBytes:
		return strings.Replace(m.Name, "_bytes", "", 1) + "-B"
	case result.UnitPerS:
		return strings.TrimSuffix(m.Name, "_per_s") + "/s"
	case result.UnitBytesPerS:
		return strings.TrimSuffix(m.Name, "_bytes_per_s") + "-B/s"
	}
	return m.Name
}

// benchConfig is what all trials share; what differs between them is for their names to tell.
func benchConfig(trials []*result.Trial) (out []Fact) {
	client := func(c *result.Client) string {
		if c == nil {
			return ""
		}
		return clientText(&result.Client{Name: c.Name, Library: c.Library, Version: c.Version})
	}
	for _, c := range []struct {
		name string
		of   func(*result.Trial) string
	}{
		{"kbench", func(t *result.Trial) string { return t.Host.Kbench }},
		{"kafka", func(t *result.Trial) string { return clusterVersion(t) }},
		{"nodes", func(t *result.Trial) string { return strconv.Itoa(t.Cluster.Nodes) }},
		{"producer", func(t *result.Trial) string { return client(t.Client.Producer) }},
		{"consumer", func(t *result.Trial) string { return client(t.Client.Consumer) }},
		{"goos", func(t *result.Trial) string { return t.Host.OS }},
		{"goarch", func(t *result.Trial) string { return t.Host.Arch }},
		{"cpu", func(t *result.Trial) string { return t.Host.CPUModel }},
		{"fingerprint", func(t *result.Trial) string { return t.Fingerprint }},
	} {
		var values []string
		for _, t := range trials {
			if trusted(t) {
				values = unique(values, clean(c.of(t)))
			}
		}
		if len(values) == 1 && values[0] != "" {
			out = append(out, Fact{c.name, values[0]})
		}
	}
	return out
}

// clusterVersion is Kafka's version, or what was measured instead.
func clusterVersion(t *result.Trial) string {
	if t.Cluster.Kind == "kafka" {
		return cmp.Or(t.Cluster.Version, "of unknown version")
	}
	return "not Kafka: " + cmp.Or(t.Cluster.Kind, "no broker")
}
