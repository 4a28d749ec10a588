package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/unit"
)

// A reading makes the value of a scenario's key out of the text that another tool has.
type reading func(text string) (any, error)

// asText takes it as it is.
func asText(text string) (any, error) { return text, nil }

// asGiven is true, whatever the text is.
func asGiven(string) (any, error) { return true, nil }

// asWord takes one of the words that kbench has too.
func asWord(words ...string) reading {
	return func(text string) (any, error) {
		if slices.Contains(words, text) {
			return text, nil
		}
		return nil, fmt.Errorf("%q is none of %s", text, strings.Join(words, ", "))
	}
}

// asNumber takes a whole number from least.
func asNumber(least int64) reading {
	return func(text string) (any, error) {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || n < least {
			return nil, fmt.Errorf("%q is not a whole number from %d", text, least)
		}
		return n, nil
	}
}

// asBytes takes a number of bytes.
func asBytes(text string) (any, error) {
	n, err := asNumber(0)(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of bytes", text)
	}
	return unit.Size(n.(int64)).String(), nil
}

// asMillis takes a number of milliseconds.
func asMillis(text string) (any, error) {
	d, err := unit.ParseDuration(strings.TrimSpace(text) + "ms")
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of milliseconds", text)
	}
	return shortly(d), nil
}

// shortly prints a time without what is zero: 2m rather than 2m0s.
func shortly(d unit.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// asTruth takes true or false.
func asTruth(text string) (any, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, fmt.Errorf("%q is neither true nor false", text)
}

// asAcks takes Kafka's words, and -1 for all.
func asAcks(text string) (any, error) {
	if text == "-1" {
		return "all", nil
	}
	return asWord("0", "1", "all")(text)
}

// asRetries takes Kafka's largest number for no limit.
func asRetries(text string) (any, error) {
	n, err := asNumber(0)(text)
	if n == int64(2147483647) {
		return "max", nil
	}
	return n, err
}

// asClass takes the last part of the name of a Java class for one of our words. Of a list the first counts: it is the one that
// a group of equal members comes to.
func asClass(words map[string]string) reading {
	return func(text string) (any, error) {
		first, _, _ := strings.Cut(text, ",")
		class := strings.TrimSpace(first[strings.LastIndexAny(first, ".$")+1:])
		if word := words[class]; word != "" {
			return word, nil
		}
		return nil, fmt.Errorf("kbench has nothing like %s", class)
	}
}

// A pair is a name and its value, as another tool has them, and where: a flag, or a line of a file.
type pair struct{ name, value, at string }

// place says which pair it is. Its value may be a secret.
func (p pair) place() string { return strings.TrimSpace(p.at + " " + p.name) }

// pairs are in the order of their first mention, each name once: the last value counts.
type pairs []pair

func (p *pairs) put(name, value, at string) {
	if i := slices.IndexFunc(*p, func(q pair) bool { return q.name == name }); i >= 0 {
		(*p)[i].value, (*p)[i].at = value, at
		return
	}
	*p = append(*p, pair{name, value, at})
}

// under returns p with what is before each line of where it is.
func (p pairs) under(before string) pairs {
	out := slices.Clone(p)
	for i := range out {
		out[i].at = before + out[i].at
	}
	return out
}

// take removes a name and returns its value.
func (p *pairs) take(name string) (value string, ok bool) {
	i := slices.IndexFunc(*p, func(q pair) bool { return q.name == name })
	if i < 0 {
		return "", false
	}
	value = (*p)[i].value
	*p = slices.Delete(*p, i, i+1)
	return value, true
}

// over returns p with the pairs of more put over it.
func (p pairs) over(more pairs) pairs {
	out := slices.Clone(p)
	for _, q := range more {
		out.put(q.name, q.value, q.at)
	}
	return out
}
