package metrics

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A query reads PromQL, as much of it as dashboards need, and notes which metrics it asks for. Prometheus's own parser is a package
// of a module that brings some hundred others.
type query struct {
	tokens []string
	names  []string
}

// parseQuery returns the names of the metrics that a query asks for.
func parseQuery(text string) ([]string, error) {
	token := regexp.MustCompile(`^(?:[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)*"|[0-9][0-9.]*[a-z]*|=~|!~|!=|>=|<=|==|[-+*/%^<>(){},=\[\]])`)
	q := &query{}
	for rest := strings.TrimSpace(text); rest != ""; {
		t := token.FindString(rest)
		if t == "" {
			return nil, fmt.Errorf("at %q: this is no PromQL", rest)
		}
		q.tokens = append(q.tokens, t)
		rest = strings.TrimSpace(rest[len(t):])
	}
	_, err := q.expression()
	if err == nil && len(q.tokens) > 0 {
		err = fmt.Errorf("%q is too much", strings.Join(q.tokens, " "))
	}
	return q.names, err
}

// next takes a token where it is one of those; all where none is named.
func (q *query) next(wanted ...string) string {
	if len(q.tokens) == 0 || len(wanted) > 0 && !slices.Contains(wanted, q.tokens[0]) {
		return ""
	}
	t := q.tokens[0]
	q.tokens = q.tokens[1:]
	return t
}

// need takes a token that must be there.
func (q *query) need(wanted string) error {
	if q.next(wanted) == "" {
		return fmt.Errorf("%q is missing before %q", wanted, strings.Join(q.tokens, " "))
	}
	return nil
}

// expression says whether it is a range of values, which only some functions take.
func (q *query) expression() (ranged bool, err error) {
	ranged, err = q.operand()
	for err == nil && q.next("+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless") != "" {
		var other bool
		if other, err = q.operand(); err == nil && (ranged || other) {
			err = fmt.Errorf("an operator on a range")
		}
	}
	return ranged, err
}

func (q *query) operand() (ranged bool, err error) {
	switch t := q.next(); {
	case t == "(":
		if ranged, err = q.expression(); err == nil {
			err = q.need(")")
		}
	case t == "":
		err = fmt.Errorf("an operand is missing")
	case t[0] >= '0' && t[0] <= '9':
	case slices.Contains([]string{"sum", "min", "max", "avg", "count", "topk"}, t):
		err = q.aggregate(t)
	case len(q.tokens) > 0 && q.tokens[0] == "(":
		err = q.call(t)
	case t[0] == '_' || t[0] >= 'a' && t[0] <= 'z':
		q.names = append(q.names, t)
		ranged, err = q.selector()
	default:
		err = fmt.Errorf("%q is no operand", t)
	}
	return ranged, err
}

// aggregate reads sum by (a) (expression), or sum (expression) by (a).
func (q *query) aggregate(what string) error {
	grouped, err := q.grouping()
	if err != nil {
		return err
	}
	counts := 1
	if what == "topk" {
		counts = 2
	}
	if err := q.arguments(counts, false); err != nil || grouped {
		return err
	}
	_, err = q.grouping()
	return err
}

func (q *query) grouping() (bool, error) {
	if q.next("by", "without") == "" {
		return false, nil
	}
	if err := q.need("("); err != nil {
		return false, err
	}
	for {
		if label := q.next(); !regexp.MustCompile(`^[a-z_]+$`).MatchString(label) {
			return false, fmt.Errorf("%q is no label", label)
		}
		if q.next(",") == "" {
			return true, q.need(")")
		}
	}
}

// call reads a function's arguments.
func (q *query) call(name string) error {
	known := map[string]struct {
		counts int
		ranged bool // the last one is
	}{"rate": {1, true}, "increase": {1, true}, "max_over_time": {1, true}, "histogram_quantile": {2, false}, "histogram_count": {1, false}, "histogram_avg": {1, false}, "time": {0, false}}
	f, ok := known[name]
	if !ok {
		return fmt.Errorf("there is no function %s", name)
	}
	return q.arguments(f.counts, f.ranged)
}

func (q *query) arguments(counts int, lastRanged bool) error {
	if err := q.need("("); err != nil {
		return err
	}
	for i := range counts {
		if i > 0 {
			if err := q.need(","); err != nil {
				return err
			}
		}
		ranged, err := q.expression()
		if err != nil {
			return err
		}
		if want := lastRanged && i == counts-1; ranged != want {
			return fmt.Errorf("an argument is a range: %v, want %v", ranged, want)
		}
	}
	return q.need(")")
}

// selector reads the labels and the range after a metric's name.
func (q *query) selector() (ranged bool, err error) {
	if q.next("{") != "" {
		for q.next("}") == "" {
			label, op, value := q.next(), q.next("=", "!=", "=~", "!~"), q.next()
			if !regexp.MustCompile(`^[a-z_]+$`).MatchString(label) || op == "" || !strings.HasPrefix(value, `"`) {
				return false, fmt.Errorf("%s %s %s is no matcher", label, op, value)
			}
			if strings.HasSuffix(op, "~") {
				if _, err := regexp.Compile(strings.Trim(value, `"`)); err != nil {
					return false, err
				}
			}
			if q.next(",") == "" && (len(q.tokens) == 0 || q.tokens[0] != "}") {
				return false, fmt.Errorf("a } is missing")
			}
		}
	}
	if q.next("[") == "" {
		return false, nil
	}
	if d := q.next(); !regexp.MustCompile(`^\d+(ms|s|m|h|d)$`).MatchString(d) {
		return false, fmt.Errorf("%q is no duration", d)
	}
	return true, q.need("]")
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		query string
		names []string // nil: refused
	}{
		{"a metric", "a_total", []string{"a_total"}},
		{"its labels", `a{b="c",d=~"e.*"}`, []string{"a"}},
		{"a rate", "rate(a[5s])", []string{"a"}},
		{"of several", "sum by (b, c) (rate(a[5s])) - sum(d) by (b)", []string{"a", "d"}},
		{"a quantile", "histogram_quantile(0.99, sum by (b) (rate(a[5s])))", []string{"a"}},
		{"a rate without its range", "rate(a)", nil},
		{"a range by itself in a sum", "sum(a[5s])", nil},
		{"a bracket too few", "sum(rate(a[5s])", nil},
		{"one too many", "sum(a))", nil},
		{"a function that is none", "ratio(a[5s])", nil},
		{"a quantile without its number", "histogram_quantile(rate(a[5s]))", nil},
		{"a label without quotes", "a{b=c}", nil},
		{"labels that do not end", `a{b="c"`, nil},
		{"a pattern that is none", `a{b=~"("}`, nil},
		{"a duration that is none", "rate(a[5])", nil},
		{"a variable that nobody has filled in", "rate(a[$__rate_interval])", nil},
		{"an operator too many", "a +", nil},
		{"two in a row", "a b", nil},
		{"nothing", "", nil},
		{"by nothing", "sum by () (a)", nil},
	} {
		got, err := parseQuery(tt.query)
		if (err == nil) != (tt.names != nil) || err == nil && !slices.Equal(got, tt.names) {
			t.Errorf("%s: %s: %v, %v; want %v", tt.why, tt.query, got, err, tt.names)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add(`sum by (b) (rate(a{b=~"c"}[5s])) / 2`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			t.Skip("the depth is bounded by the length")
		}
		if names, err := parseQuery(text); err == nil && len(names) > len(text) {
			t.Errorf("%d names in %q", len(names), text)
		}
	})
}
