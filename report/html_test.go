package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kbench/internal/result"
)

// parsePage reads a page as a browser does, and fails on what a browser would mend in silence: ids that are there twice, and links to
// nowhere.
func parsePage(t *testing.T, what, text string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	ids := map[string]bool{}
	for n := range root.Descendants() {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: the id %s is there twice", what, id)
			}
			ids[id] = true
		}
	}
	for n := range root.Descendants() {
		if to, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok && !ids[to] {
			t.Errorf("%s: a link to %q, which is not there", what, to)
		}
	}
	return root
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func all(root *html.Node, tag string) (out []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			out = append(out, n)
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// ofRecords is what a page has before the library and the script, which are the same on every page and most of it.
func ofRecords(text string) string {
	before, _, _ := strings.Cut(text, "<script>")
	return before
}

// pages are the page of every run of the goldens, and of every comparison.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = render(t, "html", r)
	}
	for name, c := range comparisons(t) {
		var b bytes.Buffer
		if err := comparisonHTML(&b, c); err != nil {
			t.Fatal(err)
		}
		out["compared "+name] = b.String()
	}
	return out
}

// TestHTMLIsWhole holds every page to what all of them have: an answer above all else, tables, and nothing that loads or runs but
// what is its own.
func TestHTMLIsWhole(t *testing.T) {
	t.Parallel()
	for name, text := range pages(t) {
		root := parsePage(t, name, ofRecords(text))
		if n := len(all(root, "h1")); n != 1 {
			t.Errorf("%s: %d titles", name, n)
		}
		answered := false
		for n := range root.Descendants() {
			answered = answered || attribute(n, "id") == "answer" && textOf(n) != ""
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s: %s has %s=%q, which the policy forbids or which leads away", name, n.Data, a.Key, a.Val)
				}
			}
		}
		if !answered {
			t.Errorf("%s: there is no answer", name)
		}
		for _, tag := range []string{"link", "iframe", "img", "object", "embed", "base", "form"} {
			if len(all(root, tag)) > 0 {
				t.Errorf("%s: there is a %s", name, tag)
			}
		}
		for _, canvas := range all(root, "canvas") {
			if attribute(canvas, "role") != "img" || attribute(canvas, "aria-label") == "" {
				t.Errorf("%s: a picture says nothing to those who don't see it", name)
			}
		}
		for _, figure := range all(root, "figure") {
			if strings.HasPrefix(attribute(figure, "id"), "over-") { // they share a table
				continue
			}
			if len(all(figure, "table")) != 1 || len(all(figure, "figcaption")) != 1 {
				t.Errorf("%s: the figure %s has no table, or no caption", name, attribute(figure, "id"))
			}
		}
		for _, table := range all(root, "table") {
			for i, row := range all(table, "tr") {
				if cells, heads := len(all(row, "td"))+len(all(row, "th")), len(all(all(table, "tr")[0], "th")); cells != heads && attribute(table, "id") != "over-table" {
					t.Errorf("%s: row %d has %d cells for %d columns", name, i, cells, heads)
				}
			}
		}
		if name == "acks" || name == "compared ab-fail" { // the rest of all pages is the same
			policyNamesAll(t, name, parsePage(t, name, text))
		}
		if strings.HasPrefix(name, "compared ") != strings.Contains(text, `id="differences"`) && !strings.Contains(name, "few") && !strings.Contains(name, "untrusted") {
			t.Errorf("%s: a comparison, and nothing else, shows differences", name)
		}
	}
}

// policyNamesAll holds the policy to the hash of each script and style, as a browser takes it.
func policyNamesAll(t *testing.T, name string, root *html.Node) {
	t.Helper()
	policy := ""
	for _, meta := range all(root, "meta") {
		if attribute(meta, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(meta, "content")
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: the policy is %q", name, policy)
	}
	for _, n := range slices.Concat(all(root, "script"), all(root, "style")) {
		if attribute(n, "type") == "application/json" {
			continue
		}
		sum := sha256.Sum256([]byte(textOf(n)))
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, hash) {
			t.Errorf("%s: the policy does not name a %s of %d bytes", name, n.Data, len(textOf(n)))
		}
	}
}

// TestHTMLSaysFirst holds the first screen of some runs to what must stand there.
func TestHTMLSaysFirst(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page  string
		wants []string
	}{
		{"acks", []string{"What does each acks level cost, and what does it lose?", "against acks=0", "Trust: ok", "Load"}},
		{"embedded", []string{"NOT Kafka: measured against"}},
		{"failures", []string{"Trust: invalid", "Failed: 1 of 6 trials", "3 of 3 missed"}},
		{"empty", []string{"Nothing has been measured yet.", "Unfinished"}},
		{"search", []string{"Highest rate of acks=1: ", "Capacity of acks=all"}},
		{"comparison", []string{"FAIL: b is worse than a by more than the margin"}},
	} {
		run := runs()[tt.page]
		if tt.page == "comparison" {
			run = experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(0.6))
		}
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		root := parsePage(t, tt.page, ofRecords(render(t, "html", r)))
		first := ""
		for n := range root.Descendants() {
			if attribute(n, "class") == "hero" {
				first = textOf(n)
			}
		}
		for _, want := range tt.wants {
			if !strings.Contains(first, want) {
				t.Errorf("%s: the first screen does not say %q but %s", tt.page, want, first)
			}
		}
	}
}

// TestChartLibrary holds the name of the library to its file, and the file to what may stand in a page.
func TestChartLibrary(t *testing.T) {
	t.Parallel()
	text, err := htmlFiles.ReadFile("html/chart.umd.min.js")
	if err != nil {
		t.Fatal(err)
	}
	name, version, _ := strings.Cut(ChartLibrary, " ")
	if !bytes.Contains(text, []byte(name+" v"+version)) {
		t.Errorf("the file does not say that it is %s", ChartLibrary)
	}
	licence, err := htmlFiles.ReadFile("html/LICENSE")
	if err != nil || !bytes.Contains(licence, []byte(ChartLibrary)) || !bytes.Contains(licence, []byte("Permission is hereby granted")) {
		t.Errorf("html/LICENSE is not the licence of %s (%v)", ChartLibrary, err)
	}
	for _, file := range []string{"LICENSE", "chart.umd.min.js", "format.js", "table.js", "marks.js", "charts.js", "time.js", "page.js", "page.css"} {
		text, err := htmlFiles.ReadFile("html/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"</script", "<!--", "</style", "\r"} {
			if bytes.Contains(bytes.ToLower(text), []byte(bad)) {
				t.Errorf("%s has %q, which would change the page around it", file, bad)
			}
		}
	}
}
