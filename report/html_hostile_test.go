package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// TestHTMLHostile holds that no text of a record is more than text, in the page and in its numbers.
func TestHTMLHostile(t *testing.T) {
	t.Parallel()
	own := map[string]bool{"select": true, "option": true, "label": true, "noscript": true, "pre": true} // of seconds, and of a source
	for _, text := range pages(t) {
		for n := range parsePage(t, "", ofRecords(text)).Descendants() {
			own[n.Data] = own[n.Data] || n.Type == html.ElementNode
		}
	}
	full := func(t *result.Trial) {
		killed(3e9, new(int64(4)))(t)
		withSeconds(2, 3)(t)
		t.Breakdown, t.Partitions = breakdown("confluent", 1), []result.Partition{{Partition: 0, Acked: 1}, {Partition: 1, Acked: 2}}
		t.Plan.Thresholds = []scenario.Threshold{{Metric: "lost", Op: ">=", Value: 1, Text: "lost >= 1"}}
	}
	evils := hostiles()
	evils["templates"] = "{{.}} ${x} </SCRIPT ><!--<script> <a onload=x href=//b.c> "
	for what, evil := range evils {
		for name, run := range map[string]*result.Run{
			"full":   newRun(result.StatusComplete, []string{"acks=0", "acks=all"}, 1, newTrial("acks=0", 1, full), newTrial("acks=all", 1, full)),
			"search": searchRun(), "pairs": experiment(result.Comparison{Pairs: 10}, 10, 0.01),
		} {
			if name != "full" && what != "html" && what != "escapes" {
				continue
			}
			run.Manifest.Plan.Source = "a:\n\tb"
			poison(reflect.ValueOf(run).Elem(), evil)
			run.Warnings = append(run.Warnings, evil)
			r, err := New(run)
			if err != nil {
				t.Fatal(err)
			}
			inertHTML(t, name+", "+what, render(t, "html", r), own)
		}
	}
}

// inertHTML holds a page to elements that other pages have too, and to text that can be printed and does not go on and on.
func inertHTML(t *testing.T, what, text string, own map[string]bool) {
	t.Helper()
	text = ofRecords(text)
	root := parsePage(t, what, text)
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && !own[n.Data] || n.Type == html.CommentNode {
			t.Errorf("%s: a text became the element or comment %.100q", what, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("%s: %s has %s=%.100q", what, n.Data, a.Key, a.Val)
			}
		}
	}
	for _, script := range all(root, "script") {
		if attribute(script, "id") == "data" && !json.Valid([]byte(textOf(script))) {
			t.Errorf("%s: the numbers are no JSON any more", what)
		}
	}
	inertText(t, text)
	if t.Failed() {
		t.Logf("that was %s", what)
	}
}

// FuzzHTML holds that a text of a record ends neither its element nor the script of numbers.
func FuzzHTML(f *testing.F) {
	f.Add("</script><b>")
	f.Add("<!--<script>\u2028\xff\x00")
	f.Fuzz(func(t *testing.T, s string) {
		run := newRun(result.StatusComplete, []string{"acks=1"}, 1, newTrial("acks=1", 1, withSeconds(0, 1), func(t *result.Trial) {
			t.Case, t.Plan.Description, t.Warnings = s+"x", s, []string{s}
			t.Events = []result.Event{{What: s}}
		}))
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := HTML(&b, r); err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(ofRecords(b.String())))
		if err != nil {
			t.Fatal(err)
		}
		if n, bold := len(all(root, "script")), len(all(root, "b")); n != 1 || bold > 0 { // that of the numbers
			t.Fatalf("%s: %d scripts, want 1, and %d other elements", strconv.Quote(s), n, bold)
		}
	})
}
