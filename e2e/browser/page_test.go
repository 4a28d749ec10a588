//go:build e2e

package browser

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPages holds every page, in every view, to what makes it readable: pictures that are drawn, no scrolling aside, nothing that
// axe-core calls serious, and no complaint.
func TestPages(t *testing.T) {
	for name, file := range pages(t) {
		t.Run(name, func(t *testing.T) {
			browser := startBrowser(t)
			for _, v := range views() {
				t.Run(v.String(), func(t *testing.T) { readable(t, open(t, browser, file, v), name, v) })
			}
		})
	}
}

// readable holds one page, as one view has it.
func readable(t *testing.T, p *tab, name string, v view) {
	t.Helper()
	type canvas struct {
		ID       string `json:"id"`
		Coloured int    `json:"coloured"`
	}
	for _, c := range eval[[]canvas](p, `[...document.querySelectorAll('canvas')].filter(c => c.offsetParent !== null).map(c => {
		const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
		let coloured = 0;
		for (let i = 0; i < d.length; i += 4) {
			if (d[i + 3] > 128 && Math.max(d[i], d[i + 1], d[i + 2]) - Math.min(d[i], d[i + 1], d[i + 2]) > 40) coloured++;
		}
		return {id: c.closest('figure').id, coloured};
	})`) {
		if c.Coloured < 20 {
			t.Errorf("in the picture %s %d pixels have a colour", c.ID, c.Coloured)
		}
	}
	if hidden := eval[int](p, `document.querySelectorAll('figure:not([hidden]) .picture canvas').length - [...document.querySelectorAll('canvas')].filter(c => c.offsetParent !== null).length`); hidden != 0 {
		t.Errorf("%d pictures are not shown", hidden)
	}
	if over := eval[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("the page is %d px too wide", over)
	}
	if name != "many" { // its thousand rows take axe-core a minute, and have nothing that others have not
		for _, finding := range p.axe() {
			t.Error(finding)
		}
	}
	if got, want := eval[string](p, `document.documentElement.dataset.theme`), map[bool]string{true: "dark", false: "light"}[v.dark]; got != want {
		t.Errorf("the theme is %s, the system's %s", got, want)
	}
	p.quiet()
}

// TestNumbersAgree holds what the script prints to what the tables say: the same numbers, in the same words.
func TestNumbersAgree(t *testing.T) {
	browser := startBrowser(t)
	for name, file := range pages(t, "acks", "failure", "comparison", "search", "matrix") {
		p := open(t, browser, file, views()[0])
		type outcome struct {
			Checked int      `json:"checked"`
			Wrong   []string `json:"wrong"`
		}
		got := eval[outcome](p, `(() => {
			let checked = 0;
			const wrong = [];
			for (const cell of document.querySelectorAll('td[data-v]')) {
				const unit = cell.closest('table').tHead.rows[0].cells[cell.cellIndex].dataset.unit;
				if (unit === undefined) continue; // its words are not those of a unit
				const words = cell.firstChild.textContent.replace('≥ ', ''), own = human(unit, Number(cell.dataset.v));
				checked++;
				if (words !== own && wrong.length < 10) wrong.push(words + ' is ' + own + ' to the script');
			}
			return {checked, wrong};
		})()`)
		for _, line := range got.Wrong {
			t.Errorf("%s: %s", name, line)
		}
		if got.Checked == 0 {
			t.Errorf("%s: there was nothing to check", name)
		}
	}
}

// TestSort sorts the table of results by click and by key.
func TestSort(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "acks")["acks"], views()[0])
	column := eval[int](p, `[...document.querySelector('#result table').tHead.rows[0].cells].findIndex(c => c.textContent === 'e2e p99')`)
	values := func() []float64 {
		return eval[[]float64](p, `[...document.querySelector('#result table').tBodies[0].rows].map(r => Number(r.cells[`+strconv.Itoa(column)+`].dataset.v))`)
	}
	button := `#result table th:nth-child(` + strconv.Itoa(column+1) + `) button`
	p.run(chromedp.Click(chromedp.CSS(button)))
	if got := values(); !slices.IsSorted(got) || len(got) < 3 {
		t.Errorf("after a click: %v", got)
	}
	p.run(chromedp.Focus(chromedp.CSS(button)), chromedp.KeyEvent(kb.Enter))
	got := values()
	slices.Reverse(got)
	if sorted := eval[string](p, `document.querySelector('#result th[aria-sort]').getAttribute('aria-sort')`); !slices.IsSorted(got) || sorted != "descending" {
		t.Errorf("after a key: %v reversed, %s", got, sorted)
	}
	// What has no number stands last, whichever way.
	none := eval[[]bool](p, `(() => {
		const table = document.querySelector('#result table'), heads = [...table.tHead.rows[0].cells], i = heads.findIndex(c => c.textContent === 'response p99');
		const last = () => table.tBodies[0].rows[table.rows.length - 2].cells[i].textContent === '–';
		return [0, 1].map(() => { heads[i].firstChild.click(); return last(); });
	})()`)
	if !slices.Equal(none, []bool{true, true}) {
		t.Errorf("a case without a number is last: %v", none)
	}
	p.quiet()
}

// TestTheme presses the button; the pictures must be drawn anew.
func TestTheme(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "acks")["acks"], views()[0])
	picture := func() string { return eval[string](p, `document.querySelector('#trade-off canvas').toDataURL()`) }
	paper := func() string { return eval[string](p, `getComputedStyle(document.body).backgroundColor`) }
	light, white := picture(), paper()
	p.run(chromedp.Click(chromedp.CSS("#theme")))
	if picture() == light || paper() == white {
		t.Error("dark looks like light")
	}
	p.run(chromedp.Focus(chromedp.CSS("#theme")), chromedp.KeyEvent(kb.Enter))
	if picture() != light || paper() != white {
		t.Error("light is not what it was")
	}
	p.quiet()
}

// TestTrial chooses another trial, and takes a line away.
func TestTrial(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "failure")["failure"], views()[0])
	picture := func() string { return eval[string](p, `document.querySelector('#over-latency canvas').toDataURL()`) }
	first := picture()
	eval[bool](p, `trial = document.getElementById('trial'); trial.selectedIndex = trial.length - 1; trial.dispatchEvent(new Event('change'))`+`; true`)
	last := picture()
	if last == first {
		t.Error("two trials look the same")
	}
	if rows := eval[int](p, `document.querySelectorAll('#over-table tbody tr').length`); rows < 35 {
		t.Errorf("the table has %d seconds", rows)
	}
	if marks := eval[string](p, `document.getElementById('over-marks').textContent`); !strings.Contains(marks, "kill node") {
		t.Errorf("the events are %q", marks)
	}
	p.run(chromedp.Click(chromedp.CSS("#over-latency .legend button")))
	if picture() == last || eval[string](p, `document.querySelector('#over-latency .legend button').ariaPressed`) != "false" {
		t.Error("a line is still there")
	}
	p.quiet()
}

// TestCSV holds what is downloaded to the numbers of the table.
func TestCSV(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "acks")["acks"], views()[0])
	csv := eval[string](p, `chartCSV(JSON.parse(document.getElementById('data').textContent).charts.find(c => c.id === 'trade-off'))`)
	head, rows, _ := strings.Cut(csv, "\n")
	if want := "case,acked_per_s,acked_per_s_lowest,acked_per_s_highest,response_p99_ns,response_p99_ns_lowest,response_p99_ns_highest,frontier,trust"; head != want {
		t.Errorf("got the columns %s, want %s", head, want)
	}
	for _, value := range eval[[]string](p, `[...document.querySelectorAll('#trade-off td[data-v]')].map(c => c.dataset.v)`) {
		if !strings.Contains(rows, value) {
			t.Errorf("%s is not in %s", value, rows)
		}
	}
	if got := eval[string](p, `csvWords('=1+1') + '|' + csvWords('a,"b') + '|' + csvWords('-5')`); got != `'=1+1|"a,""b"|-5` {
		t.Errorf("words in a CSV: %s", got)
	}
	name := eval[string](p, `new Promise(done => {
		HTMLAnchorElement.prototype.click = function () { done(this.download + ' ' + this.href.slice(0, 5)); };
		document.querySelector('a[data-chart="trade-off"]').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
	})`)
	if name != "trade-off.csv blob:" {
		t.Errorf("the link downloads %q", name)
	}
	p.quiet()
}

// TestWithoutScripts holds that all numbers are there for those who run none.
func TestWithoutScripts(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "acks")["acks"], view{width: 1440, height: 1200, noScripts: true})
	p.run(scripts(true)) // to ask; the page's own have not run
	if eval[bool](p, `document.documentElement.classList.contains('js')`) {
		t.Fatal("scripts did run")
	}
	if n := eval[int](p, `[...document.querySelectorAll('canvas, select, button')].filter(c => c.offsetParent !== null).length`); n > 0 {
		t.Errorf("%d things are there that do nothing", n)
	}
	if n := eval[int](p, `[...document.querySelectorAll('noscript details')].filter(d => d.offsetParent !== null && d.querySelectorAll('tr').length > 10).length`); n != 9 {
		t.Errorf("%d trials have their seconds in a table, want 9", n)
	}
	p.quiet()
}

// TestPrint makes a PDF: light, whatever the screen is, and without what a printer can't press.
func TestPrint(t *testing.T) {
	browser := startBrowser(t)
	p := open(t, browser, pages(t, "failure")["failure"], views()[1])
	p.run(media(true, "print"))
	if shown := eval[bool](p, `document.getElementById('theme').offsetParent !== null || document.querySelector('nav').offsetParent !== null`); shown {
		t.Error("a button or the list of parts is printed")
	}
	eval[bool](p, `dispatchEvent(new Event('beforeprint'))`+`; true`)
	if got := eval[string](p, `document.documentElement.dataset.theme`); got != "light" {
		t.Errorf("printed in %s", got)
	}
	if pdf := value(p, chromedp.PrintToPDF()); len(pdf) < 20_000 {
		t.Errorf("a PDF of %d bytes", len(pdf))
	}
	p.quiet()
}

// TestPictures writes the pictures of docs/images; without -update it holds them to being there.
func TestPictures(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "images")
	update := flag.Lookup("update").Value.String() == "true"
	shots := []struct {
		file, page string
		view       view
		at         string // what is scrolled to
	}{
		{"report.png", "acks", view{width: 1440, height: 1000}, ""},
		{"report-dark.png", "failure", view{width: 1440, height: 1000, dark: true}, "#time"},
		{"report-phone.png", "failure", view{width: 375, height: 812}, ""},
		{"report-comparison.png", "linger", view{width: 1440, height: 1000}, ""},
	}
	if !update {
		for _, s := range shots {
			if _, err := os.Stat(filepath.Join(folder, s.file)); err != nil {
				t.Errorf("%v: go test -tags e2e ./e2e/browser -update", err)
			}
		}
		return
	}
	browser, files := startBrowser(t), pages(t, "acks", "failure", "linger")
	for _, s := range shots {
		p := open(t, browser, files[s.page], s.view)
		if s.at != "" {
			eval[bool](p, `document.querySelector('`+s.at+`').scrollIntoView(); true`)
		}
		picture := value(p, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(folder, s.file), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
