package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kbench/internal/result"
	"kbench/internal/unit"
)

// maxText bounds one text from a record in a rendering, in runes.
const maxText = 300

// human prints a number of one of the metrics' units for people, with three significant digits; counts are exact.
func human(unitName string, v float64) string {
	switch unitName {
	case result.UnitNs:
		if math.Abs(v) < math.MaxInt64 {
			return unit.HumanDuration(time.Duration(math.Round(v)))
		}
		return "-"
	case result.UnitBytes:
		return unit.HumanBytes(v)
	case result.UnitBytesPerS:
		return unit.HumanBytes(v) + "/s"
	case result.UnitPerS:
		return unit.Human(v) + "/s"
	case result.UnitRecords, result.UnitTimes:
		return grouped(v)
	}
	return unit.Human(v)
}

// grouped prints a count with marks between thousands, and the half that a median of two may have.
func grouped(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', -1, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 {
		return "-" + whole
	}
	return whole
}

// words prints a cell as it stands in a table: its text, its number, or a dash for neither.
func (c Cell) words(col Column) string {
	switch {
	case c.Number != nil && c.Number.AtLeast:
		return "≥ " + human(col.Unit, c.Number.Value)
	case c.Number != nil:
		return human(col.Unit, c.Number.Value)
	case c.Text != "":
		return c.Text
	}
	return "–"
}

// span prints the lowest and the highest of the repeats, 1.21–1.50 ms, or the one number where they print the same.
func (n *Number) span(unitName string) string {
	low, high := human(unitName, n.Min), human(unitName, n.Max)
	text := low
	if low != high {
		number, lowUnit, _ := strings.Cut(low, " ")
		if _, highUnit, _ := strings.Cut(high, " "); lowUnit == highUnit {
			low = number
		}
		text = low + "–" + high
	}
	if n.AtLeast {
		return "≥ " + text
	}
	return text
}

// superscripts prints the markers of footnotes: ¹ or ¹ ².
func superscripts(notes []int) string {
	var parts []string
	for _, n := range notes {
		parts = append(parts, strings.Map(func(r rune) rune { return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'] }, strconv.Itoa(n)))
	}
	return strings.Join(parts, " ")
}

// clean makes one printable line of any text: white space becomes one space, what would steer a terminal or turn the
// direction of writing is spelled out, and what is too long is cut.
func clean(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return clip(b.String(), maxText)
}

// unclipped is clean for a text of kbench's own, however long it is; what came from records in it was cut before.
func unclipped(s string) string {
	var words []string
	for word := range strings.FieldsSeq(s) {
		words = append(words, clean(word))
	}
	return strings.Join(words, " ")
}

// clip cuts s to n runes, with an ellipsis for the rest.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// pad fills s with spaces up to width runes, in front of it if right.
func pad(s string, width int, right bool) string {
	fill := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return fill + s
	}
	return s + fill
}

// upper gives a sentence its capital, unless it begins with the name of a setting, such as acks=0.
func upper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if strings.ContainsAny(strings.TrimRight(first, ":.,"), "=_.") {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// sentence ends s with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return "no reason was given."
	}
	if strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}

// join makes "a, b and c".
func join(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// someOf joins the first n of a list and says how many more there are.
func someOf(list []string, sep string, n int) string {
	if len(list) <= n {
		return strings.Join(list, sep)
	}
	return strings.Join(list[:n], sep) + fmt.Sprintf("%sand %d more", sep, len(list)-n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// allOf says "the trial", "both trials" or "all 9 trials".
func allOf(n int, noun string) string {
	switch n {
	case 1:
		return "the " + noun
	case 2:
		return "both " + noun + "s"
	}
	return fmt.Sprintf("all %d %ss", n, noun)
}
