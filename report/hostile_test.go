package report

import (
	"encoding"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostiles are texts that do something where they are not made harmless.
func hostiles() map[string]string {
	return map[string]string{
		"html":     `<script>alert(1)</script><img src=x onerror=alert(1)><!-- `,
		"ends":     "--> ]]> </details></summary></testsuite>\"' ",
		"pipes":    "a | b || c |\n| --- |\n| d | ",
		"formula":  `=cmd|' /C calc'!A0 `,
		"plus":     "+1+cmd() ",
		"at":       "@SUM(A1) ",
		"minus":    "\t-2+3 ",
		"escapes":  "\x1b[31m\x1b]0;title\a\u009b2J\u202e\r\b\x00\x7f\u2028",
		"code":     "```\n\"]\nend %%{init}%% `x` ~~~ ",
		"markdown": "[a](http://b.c) ![d](e) **f** _g_ $h$ &lt; www.i.j\n# k\n- l\n1. m ",
		"long":     strings.Repeat("x", 10_000),
		"words":    strings.Repeat("yes ", 2_500),
		"bytes":    "\xff\xfe\xc3( ",
	}
}

// poison puts evil before every text below v, and into the keys of maps. What a reader goes by rather than shows is left alone: there
// another word means another report.
func poison(v reflect.Value, evil string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			poison(v.Elem(), evil)
		}
	case reflect.Struct:
		if _, number := v.Addr().Interface().(encoding.TextUnmarshaler); number {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			goneBy := slices.Contains([]string{"Status", "Trust", "Kind", "Level", "Metric", "Op", "Side", "Do"}, f.Name) ||
				f.Name == "What" && v.Type().Name() != "Event"
			if f.IsExported() && (!goneBy || f.Type.Kind() != reflect.String) {
				poison(v.Field(i), evil)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			poison(v.Index(i), evil)
		}
	case reflect.Map:
		out := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			poison(value, evil)
			if key.Type() == reflect.TypeFor[string]() {
				key = reflect.ValueOf(evil + key.String())
			}
			out.SetMapIndex(key, value)
		}
		if !v.IsNil() {
			v.Set(out)
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(evil + v.String())
		}
	}
}

// TestHostileEverywhere holds that a text does nothing in any format, wherever in the records it stands.
func TestHostileEverywhere(t *testing.T) {
	t.Parallel()
	checks := map[string]func(t *testing.T, text string){
		"md": inertMarkdown, "comment": inertMarkdown, "csv": inertCSV, "otava": inertCSV, "json": inertJSON, "junit": inertXML, "benchfmt": inertBenchfmt, "text": inertText,
	}
	for format := range Renderers() {
		if checks[format] == nil && format != "html" { // which has a test of its own
			t.Errorf("no test of %s", format)
		}
	}
	for _, name := range []string{"acks", "clients", "failures", "faults", "search", "empty"} {
		for what, evil := range hostiles() {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				run := runs()[name]
				poison(reflect.ValueOf(run).Elem(), evil)
				run.Warnings = append(run.Warnings, evil)
				r, err := New(run)
				if err != nil {
					t.Fatal(err)
				}
				for format, check := range checks {
					t.Run(format, func(t *testing.T) { check(t, render(t, format, r)) })
				}
			})
		}
	}
}

// inertText holds what every format must hold: one can print it, and nothing goes on and on.
func inertText(t *testing.T, text string) {
	t.Helper()
	printable(t, text)
	if strings.Contains(text, strings.Repeat("x", 1000)) {
		t.Error("a long text was not cut")
	}
}

// printable holds that a terminal is not steered.
func printable(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("not UTF-8")
	}
	for _, c := range text {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("it has %U", c)
			return
		}
	}
}

var (
	ownTags  = regexp.MustCompile(`(?m)^(<details><summary>[A-Za-z ]+</summary>|</details>|<!-- kbench [A-Za-z0-9_.-]+ -->)$`)
	fenced   = regexp.MustCompile("(?ms)^```mermaid\n(.*?)^```$")
	noMarkup = regexp.MustCompile("(^|[^\\\\])(<[a-zA-Z/!?]|`|\\]\\(|&[a-z]+;|\\*[A-Za-z]|~~)|https?://|[^\\\\]\\bwww\\.")
	bold     = regexp.MustCompile(`\*\*(?:\\.|[^*\\])+\*\*`)
)

func inertMarkdown(t *testing.T, text string) {
	t.Helper()
	inertText(t, text)
	if len(text) > 400_000 {
		t.Errorf("%d bytes", len(text))
	}
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		if !mermaidBlock.MatchString(block[1]) {
			t.Errorf("not a picture:\n%s", block[1])
		}
	}
	text = ownTags.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
	cells := 0
	for line := range strings.Lines(text) {
		plainLine := strings.ReplaceAll(bold.ReplaceAllString(line, "B"), `\\`, "")
		if m := noMarkup.FindString(plainLine); m != "" {
			t.Errorf("%q is not inert in %.300q", m, line)
			return
		}
		n := strings.Count(plainLine, "|") - strings.Count(plainLine, `\|`)
		if !strings.HasPrefix(line, "|") {
			n = 0
		}
		if n != 0 && cells != 0 && n != cells {
			t.Errorf("a row of %d cells under one of %d: %.300q", n-1, cells-1, line)
		}
		cells = n
	}
}

func inertCSV(t *testing.T, text string) {
	t.Helper()
	inertText(t, text)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a spreadsheet computes %q", cell)
			}
		}
	}
}

// inertJSON: a program gets the whole text, and a terminal nothing that steers it.
func inertJSON(t *testing.T, text string) {
	t.Helper()
	var back Report
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	printable(t, text)
}

func inertXML(t *testing.T, text string) {
	t.Helper()
	inertText(t, text)
	names := map[string]bool{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			names[e.Name.Local] = true
		case xml.Comment, xml.Directive:
			t.Errorf("it has %q", e)
		}
	}
	for _, own := range []string{"testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out"} {
		delete(names, own)
	}
	if len(names) > 0 {
		t.Errorf("it has elements %q", slices.Sorted(maps.Keys(names)))
	}
}

func inertBenchfmt(t *testing.T, text string) {
	t.Helper()
	inertText(t, text)
	form := regexp.MustCompile(`^(#.*|Unit [^ ]+ better=(higher|lower)|[a-z]+: .*|Benchmark[^ ]+ 1( [0-9.e+-]+ [^ ]+)+)$`)
	for line := range strings.Lines(text) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("no line of the format: %.300q", line)
		}
	}
}
