package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxProblems bounds how many lines Problems prints: past it, reading on helps nobody.
const maxProblems = 100

// A Problem is one thing that is wrong with a scenario.
type Problem struct {
	File string // as the user named it; for a flag, the flag as it was given: --set producer.acks=2
	Line int    // from 1; 0 for a flag
	Col  int    // in characters, from 1; 0 for a flag
	Path string // of the key, such as producer.acks; empty for the file as a whole
	Msg  string // what is wrong, and what is allowed
}

// Problems is everything that is wrong with a scenario, in the file's order; flags come last.
type Problems []Problem

// Error prints one line for each problem.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxProblems {
			fmt.Fprintf(&b, "\nand %d more problems", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// String prints FILE:LINE:COL: path: message, without what is empty.
func (p Problem) String() string {
	s := p.File + ": "
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
	}
	if p.Path != "" {
		s += p.Path + ": "
	}
	return printable(s + p.Msg)
}

// printable escapes what would break a line or move a terminal's cursor: problems quote text that anybody wrote.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// A tally collects what is said of each case, so that what holds for all of them is said once.
type tally[T comparable] struct {
	seen  []T
	cases map[T][]string // names of the cases
}

func (t *tally[T]) add(what T, name string) {
	if t.cases == nil {
		t.cases = map[T][]string{}
	}
	names, old := t.cases[what]
	if !old {
		t.seen = append(t.seen, what)
	}
	if len(names) == 0 || names[len(names)-1] != name {
		t.cases[what] = append(names, name)
	}
}

// where returns " (case NAME and 2 more)", or nothing if what was said of all cases.
func (t *tally[T]) where(what T, all int) string {
	switch names := t.cases[what]; len(names) {
	case all:
		return ""
	case 1:
		return fmt.Sprintf(" (case %s)", names[0])
	default:
		return fmt.Sprintf(" (case %s and %d more)", names[0], len(names)-1)
	}
}

// ordered sorts problems by their place in the file, flags last and as they were given.
func ordered(ps []Problem) Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return ps
}

// clip shortens text that a message quotes.
func clip(s string) string {
	const longest = 60
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "..."
	}
	return s
}

// suggest returns "; did you mean NAME?" for the nearest of names, or nothing if none is near.
func suggest(word string, names []string) string {
	best, least := "", 1+len(word)/3 // a typo in three letters is still a typo; more is another word
	if len(word) > 40 {
		return ""
	}
	for _, name := range names {
		if d := distance(strings.ToLower(word), name); d < len(word) && d <= least && (best == "" || d < least) {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is Levenshtein's, with the swap of two neighbours counted as one.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
