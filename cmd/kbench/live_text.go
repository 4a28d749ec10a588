package main

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// inert makes one line of any text that no terminal acts upon: white space becomes spaces, and what else can't be printed, such as
// escape sequences and what turns the direction of writing, is left out.
func inert(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
}

// columns returns how many columns of a terminal a rune takes: 2 for those of East Asia and for emoji, 0 for marks on the rune
// before. Terminals disagree on some; a frame turns their wrapping off, so that a wrong guess cuts a line and breaks none.
func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// widthOf returns how many columns a text takes.
func widthOf(s string) (n int) {
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// cut returns as much of a text as fits into so many columns, with a mark in the last one where something is left out.
func cut(s string, most int, mark string) string {
	if widthOf(s) <= most {
		return s
	}
	most -= widthOf(mark)
	if most < 0 {
		return ""
	}
	n := 0
	for i, r := range s {
		if n += columns(r); n > most {
			return s[:i] + mark
		}
	}
	return s + mark
}

// A pen has the characters that pictures are made of.
type pen struct {
	levels      []rune // from next to nothing to full
	full, empty string // of a bar
	mark        string // where a line is cut
}

// newPen returns one for a terminal that shows Unicode, or ASCII alone.
func newPen(unicode bool) pen {
	if unicode {
		return pen{levels: []rune("▁▂▃▄▅▆▇█"), full: "█", empty: "░", mark: "…"}
	}
	return pen{levels: []rune("_.:-=+*#"), full: "#", empty: ".", mark: ">"}
}

// unicodeTerminal says whether the locale is one of UTF-8. get is os.Getenv.
func unicodeTerminal(get func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set decides
		if v := strings.ToLower(get(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// bar draws a part, from 0 to 1, in so many columns.
func (p pen) bar(part float64, long int) string {
	n := int(math.Round(min(1, max(0, part)) * float64(long)))
	return strings.Repeat(p.full, n) + strings.Repeat(p.empty, long-n)
}

// spark draws values above 0 in a column each, the largest in full; nil is a gap.
func (p pen) spark(values []*float64) string {
	top := highest(values)
	return strings.Join(mapped(values, func(v *float64) string {
		switch {
		case v == nil:
			return " "
		case top <= 0:
			return string(p.levels[0])
		}
		return string(p.levels[min(len(p.levels)-1, int(max(0, *v)/top*float64(len(p.levels))))])
	}), "")
}

// highest returns the largest value; 0 where there is none.
func highest(values []*float64) (top float64) {
	for _, v := range values {
		if v != nil {
			top = max(top, *v)
		}
	}
	return top
}

// mapped returns what f makes of each.
func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, 0, len(in))
	for _, a := range in {
		out = append(out, f(a))
	}
	return out
}
