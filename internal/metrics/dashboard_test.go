package metrics

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A dashboard is what matters here of one of Grafana's.
type dashboard struct {
	UID        string
	Panels     []panel
	Templating struct {
		List []struct {
			Name, Definition string
			Datasource       source
		}
	}
}

type panel struct {
	ID          int
	Title, Type string
	Description string
	Datasource  source
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		Expr, RefID string
		Datasource  source
	}
}

type source struct{ Type, UID string }

// readDashboard returns the one that is provisioned.
func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	b, err := os.ReadFile("../../docker/grafana/dashboards/kbench.json")
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// metricNames returns the names of all that a scrape can hold.
func metricNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range everything(t) {
		names = append(names, f.GetName())
	}
	return names
}

// TestDashboard holds each query of the dashboard against PromQL's grammar and against the metrics that there are.
func TestDashboard(t *testing.T) {
	t.Parallel()
	d, names := readDashboard(t), metricNames(t)
	shown := map[string]bool{}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d (%s) lacks a title, a description or a query, has the number of another one, or is too wide", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "5s", "$scenario", ".*", "$case", ".*").Replace(target.Expr)
			used, err := parseQuery(expr)
			if err != nil {
				t.Errorf("panel %s: %s: %v", p.Title, target.Expr, err)
			}
			for _, name := range used {
				shown[name] = true
				if !slices.Contains(names, name) {
					t.Errorf("panel %s: there is no metric %s; there are %v", p.Title, name, names)
				}
			}
			if target.Datasource != d.Panels[0].Datasource || p.Datasource != d.Panels[0].Datasource {
				t.Errorf("panel %s asks another data source: %v", p.Title, target.Datasource)
			}
		}
	}
	for _, v := range d.Templating.List {
		inner := strings.TrimSuffix(strings.TrimPrefix(v.Definition, "label_values("), ", "+v.Name+")")
		used, err := parseQuery(strings.ReplaceAll(inner, "$scenario", ".*"))
		if err != nil || len(used) != 1 || !slices.Contains(names, used[0]) {
			t.Errorf("variable %s: %s: %v of %v", v.Name, v.Definition, err, used)
		}
	}
	for _, name := range names {
		if hidden := map[string]bool{"kbench_e2e_service_seconds": true}; strings.HasPrefix(name, "kbench_") && !shown[name] && !hidden[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestProvisioning has Prometheus, Grafana and the dashboard find each other.
func TestProvisioning(t *testing.T) {
	t.Parallel()
	read := func(file string, into any) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join("../../docker", file))
		if err == nil {
			err = yaml.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	var scrapes struct {
		Configs []struct {
			Job     string                       `yaml:"job_name"`
			Native  bool                         `yaml:"scrape_native_histograms"`
			By      []string                     `yaml:"scrape_protocols"`
			Statics []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	read("prometheus/prometheus.yml", &scrapes)
	if c := scrapes.Configs; len(c) != 1 || c[0].Job != "kbench" || !c[0].Native || c[0].By[0] != "PrometheusProto" || c[0].Statics[0].Targets[0] != "127.0.0.1:9464" {
		t.Errorf("Prometheus scrapes %+v", c)
	}
	var sources struct {
		Datasources []struct{ UID, Type, URL string }
	}
	read("grafana/provisioning/datasources/prometheus.yml", &sources)
	d := readDashboard(t)
	if s := sources.Datasources; len(s) != 1 || d.Panels[0].Datasource != (source{s[0].Type, s[0].UID}) || d.Templating.List[0].Datasource.UID != s[0].UID {
		t.Errorf("the data sources %+v, and the dashboard asks %+v", s, d.Panels[0].Datasource)
	}
	text, err := os.ReadFile("../../docs/live.md")
	if err != nil || !strings.Contains(string(text), "http://127.0.0.1:3000/d/"+d.UID) {
		t.Errorf("docs/live.md does not say where the dashboard %s is: %v", d.UID, err)
	}
}

// TestMetricsAreDocumented holds the metrics against docs/live.md.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, name := range regexp.MustCompile("`(kbench_\\w+)`").FindAllStringSubmatch(string(text), -1) {
		listed[name[1]] = true
	}
	have := slices.DeleteFunc(metricNames(t), func(name string) bool { return !strings.HasPrefix(name, "kbench_") })
	slices.Sort(have)
	if got := slices.Sorted(maps.Keys(listed)); !slices.Equal(got, have) {
		t.Errorf("docs/live.md lists\n%v, and there are\n%v", got, have)
	}
}
