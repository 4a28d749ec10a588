package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// A terminal shows what is written to it, as far as a screen makes use of it: lines that wrap or do not, the cursor going up,
// clearing, bold. What else steers it fails the test.
type terminal struct {
	t             *testing.T
	columns, rows int
	lines         []termLine // the scrolled ones too
	at, column    int        // of the cursor
	keep          bool       // lines do not wrap
	reflow        bool       // making it narrower breaks lines
}

// A termLine is one row. A row that goes on in the next one is wrapped.
type termLine struct {
	cells   []rune
	wrapped bool
}

func newTerminal(t *testing.T, columns, rows int) *terminal {
	t.Helper()
	return &terminal{t: t, columns: columns, rows: rows, lines: make([]termLine, 1), reflow: true}
}

func (m *terminal) size() (int, int) { return m.columns, m.rows }

// Write implements io.Writer.
func (m *terminal) Write(b []byte) (int, error) {
	for s := string(b); s != ""; {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' })
			m.steer(rest[:end], rest[end])
			s = rest[end+1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '\n':
			m.column = 0
			m.down()
		case r == '\r':
			m.column = 0
		case r < ' ':
			m.t.Errorf("the control character %q", r)
		default:
			m.put(r)
		}
	}
	return len(b), nil
}

func (m *terminal) steer(args string, what byte) {
	n, _ := strconv.Atoi(args)
	switch what {
	case 'A':
		m.at = max(m.at-max(n, 1), max(0, len(m.lines)-m.rows))
	case 'M':
		m.lines = append(slices.Delete(m.lines, m.at, min(len(m.lines), m.at+max(n, 1))), make([]termLine, max(0, m.at+1+max(n, 1)-len(m.lines)))...)
	case 'K':
		m.clear()
	case 'm', 'h', 'l':
		if what != 'm' {
			if args != "?7" {
				m.t.Errorf("the sequence %q", args+string(what))
			}
			m.keep = what == 'l'
		}
	default:
		m.t.Errorf("the sequence %q", args+string(what))
	}
}

// clear empties the line from the cursor on.
func (m *terminal) clear() {
	l := &m.lines[m.at]
	l.cells, l.wrapped = l.cells[:min(m.column, len(l.cells))], false
}

func (m *terminal) down() {
	if m.at++; m.at == len(m.lines) {
		m.lines = append(m.lines, termLine{})
	}
}

func (m *terminal) put(r rune) {
	wide := columns(r)
	if m.column+wide > m.columns {
		if m.keep {
			return
		}
		m.lines[m.at].wrapped = true
		m.column = 0
		m.down()
	}
	l := &m.lines[m.at]
	for len(l.cells) < m.column+wide {
		l.cells = append(l.cells, ' ')
	}
	l.cells[m.column] = r
	for i := 1; i < wide; i++ {
		l.cells[m.column+i] = -1 // the rest of a wide one
	}
	m.column += wide
}

// resize changes the width. A terminal that reflows joins what it has wrapped, and breaks what is too long.
func (m *terminal) resize(columns int) {
	m.columns = columns
	if !m.reflow {
		return
	}
	var out []termLine
	at := 0
	for i := 0; i < len(m.lines); i++ {
		whole := slices.Clone(m.lines[i].cells)
		for ; m.lines[i].wrapped; i++ {
			whole = append(whole, m.lines[i+1].cells...)
		}
		for len(whole) > columns {
			out = append(out, termLine{whole[:columns:columns], true})
			whole = whole[columns:]
		}
		if i == m.at {
			at = len(out)
		}
		out = append(out, termLine{cells: whole})
	}
	m.lines, m.at = out, at
}

// String returns all that can be read, what has scrolled by too.
func (m *terminal) String() string {
	var b strings.Builder
	for i, l := range m.lines {
		b.WriteString(strings.ReplaceAll(string(l.cells), string(rune(-1)), ""))
		if !l.wrapped && i < len(m.lines)-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// onTerminal returns a screen that draws on the terminal.
func onTerminal(m *terminal) *screen {
	return &screen{w: m, size: m.size, pen: newPen(true)}
}

// threeLines is a frame whose second line takes all columns that it is given.
func threeLines(title string) frame {
	return func(columns int) []string { return []string{title, strings.Repeat("=", columns), "end"} }
}

func TestScreen(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("=", 79)
	for _, tt := range []struct {
		why    string
		rows   int
		reflow bool
		do     func(*screen, *terminal)
		want   string
	}{
		{"without a frame it passes on", 24, true, func(s *screen, _ *terminal) { fmt.Fprintln(s, "a") }, "a\n"},
		{"a frame stays below what is written", 24, true, func(s *screen, _ *terminal) {
			fmt.Fprintln(s, "a")
			s.draw(threeLines("one"))
			fmt.Fprintln(s, "b")
			s.draw(threeLines("two"))
			fmt.Fprint(s, "c\nd\n")
		}, "a\nb\nc\nd\ntwo\n" + wide + "\nend\n"},
		{"a frame is taken away", 24, true, func(s *screen, _ *terminal) {
			s.draw(threeLines("one"))
			fmt.Fprintln(s, "a")
			s.draw(nil)
			fmt.Fprintln(s, "b")
		}, "a\nb\n"},
		{"a smaller frame leaves nothing of the one before", 24, true, func(s *screen, _ *terminal) {
			s.draw(threeLines("one"))
			s.draw(func(int) []string { return []string{"two"} })
		}, "two\n"},
		{"a line without its end gets it before the frame", 24, true, func(s *screen, _ *terminal) {
			fmt.Fprint(s, "a")
			s.draw(threeLines("one"))
		}, "a\none\n" + wide + "\nend\n"},
		{"a line that comes in pieces stays one", 24, true, func(s *screen, _ *terminal) {
			s.draw(threeLines("one"))
			fmt.Fprint(s, "a")
			fmt.Fprint(s, "b\n")
		}, "ab\none\n" + wide + "\nend\n"},
		{"more lines than the window has", 3, true, func(s *screen, _ *terminal) {
			fmt.Fprint(s, "a\nb\nc\n")
			s.draw(threeLines("one"))
			s.draw(threeLines("two"))
		}, "a\nb\nc\ntwo\n" + wide + "\n"},
		{"a long line that is written wraps, and nothing of it is lost", 24, true, func(s *screen, _ *terminal) {
			s.draw(threeLines("one"))
			fmt.Fprintln(s, strings.Repeat("x", 200))
			s.draw(threeLines("two"))
		}, strings.Repeat("x", 200) + "\ntwo\n" + wide + "\nend\n"},
		{"a narrower window breaks the frame, which is drawn in its place", 24, true, func(s *screen, m *terminal) {
			fmt.Fprintln(s, "a")
			s.draw(threeLines("one"))
			m.resize(30)
			s.draw(threeLines("two"))
			m.resize(11)
			fmt.Fprintln(s, "b")
			m.resize(120)
			s.draw(threeLines("three"))
		}, "a\nb\nthree\n" + wide + "\nend\n"},
		{"a frame in a wide window need not be broken in one of 80", 24, false, func(s *screen, m *terminal) {
			m.resize(200)
			fmt.Fprintln(s, "a")
			s.draw(threeLines("one"))
			m.resize(80)
			s.draw(threeLines("two"))
		}, "a\ntwo\n" + wide + "\nend\n"},
		{"characters that take two columns", 24, true, func(s *screen, m *terminal) {
			m.resize(10)
			s.draw(func(int) []string { return []string{"日本語日本語", "ééééééééééé"} })
		}, "日本語日…\néééééééé…\n"},
		{"what would steer the terminal", 24, true, func(s *screen, _ *terminal) {
			fmt.Fprint(s, "a\x1b[2Jb\x07c\td\u009bHe\u202ef\rg\x00h\n")
		}, "a[2Jbc dHef gh\n"},
		{"a window that can't say how large it is", 24, true, func(s *screen, _ *terminal) {
			s.size = func() (int, int) { return 0, 0 }
			s.draw(threeLines("one"))
			s.draw(threeLines("two"))
		}, "two\n" + wide + "\nend\n"},
	} {
		m := newTerminal(t, 80, tt.rows)
		m.reflow = tt.reflow
		tt.do(onTerminal(m), m)
		if got := m.String(); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.why, got, tt.want)
		}
	}
}

// TestScreenElsewhere has nothing drawn where there is no terminal.
func TestScreenElsewhere(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	s := newScreen(&b)
	s.draw(threeLines("one"))
	fmt.Fprintln(s, "a\x1b[1mb")
	s.draw(nil)
	if got, want := b.String(), "a[1mb\n"; got != want || s.terminal() {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestScreenAtOnce has several goroutines write and draw: every line is there, whole.
func TestScreenAtOnce(t *testing.T) {
	t.Parallel()
	m := newTerminal(t, 80, 24)
	s := onTerminal(m)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 50 {
				fmt.Fprintf(s, "line %d %d\n", i, j)
				s.draw(threeLines(fmt.Sprint(i, j)))
			}
		})
	}
	all.Wait()
	s.draw(nil)
	lines := strings.Split(strings.TrimSpace(m.String()), "\n")
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) != 200 {
		t.Errorf("%d lines that differ, want 200:\n%s", len(lines), m)
	}
}
