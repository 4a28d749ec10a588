package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// ChartLibrary is what draws the pictures of HTML. report/html has its file and its licence.
const ChartLibrary = "Chart.js 4.6.1"

//go:embed html
var htmlFiles embed.FS

// HTML writes the report as one page that needs nothing else: no network, no other file. Its numbers can be read without
// scripts; with them there are pictures, drawn from the same tables. It may be called concurrently.
func HTML(w io.Writer, r *Report) error {
	p, err := newPage(r)
	if err != nil {
		return err
	}
	t, err := template.New("page.tmpl").Funcs(template.FuncMap{"inc": func(i int) int { return i + 1 }}).ParseFS(htmlFiles, "html/page.tmpl")
	if err != nil {
		return fmt.Errorf("report: read the page's template: %w", err)
	}
	b := bufio.NewWriter(w)
	if err := t.Execute(b, p); err != nil {
		return fmt.Errorf("report: write HTML: %w", err)
	}
	return b.Flush()
}

// comparisonHTML is HTML for a comparison of stored results.
func comparisonHTML(w io.Writer, c *Comparison) error {
	r := &Report{Title: c.A.What + " against " + c.B.What, Question: "Is " + c.B.Name + " worse than " + c.A.Name + "?", Comparison: c, NotKafka: c.NotKafka}
	if c.trust.Verdict != "" {
		r.Headlines = []Headline{c.trust}
	}
	return HTML(w, r)
}

// The parts of a page that browsers run. Each stands in the page as one element, and the policy names it by its hash, so that
// nothing else can run there, whatever a record holds.
type parts struct {
	Policy, Style, Data, Library, Script template.HTML
}

func newParts(data []byte) (p parts, err error) {
	read := func(names ...string) string {
		var all strings.Builder
		for _, name := range names {
			text, e := htmlFiles.ReadFile("html/" + name)
			if err == nil && e != nil {
				err = fmt.Errorf("report: read a part of the page: %w", e)
			}
			all.Write(text)
		}
		return all.String()
	}
	style := read("page.css")
	library := "/*!\n" + read("LICENSE") + "*/\n" + read("chart.umd.min.js")
	script := read("format.js", "table.js", "marks.js", "charts.js", "time.js", "page.js")
	policy := fmt.Sprintf("default-src 'none'; script-src %s %s; style-src %s; base-uri 'none'; form-action 'none'", source(library), source(script), source(style))
	return parts{
		Policy: template.HTML(`<meta http-equiv="Content-Security-Policy" content="` + policy + `">`),
		Style:  template.HTML("<style>" + style + "</style>"),
		// JSON as encoding/json writes it has no < in it, so nothing can end the element.
		Data:    template.HTML(`<script type="application/json" id="data">` + string(data) + "</script>"),
		Library: template.HTML("<script>" + library + "</script>"),
		Script:  template.HTML("<script>" + script + "</script>"),
	}, err
}

// source is how a policy names a text.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
