package scenario

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"kbench/internal/unit"
)

// Bounds of a trace. Every record of a trial holds all of its lines.
const (
	maxTraceLines    = 10_000
	maxTraceBytes    = 1 << 20
	maxTraceProblems = 10
)

// A trace is what came of a file: phases, which cases share and nobody changes, or what is wrong with it, a line each.
type trace struct {
	phases []Phase
	wrong  []string
}

// trace returns the trace of a file, which is read once for all cases.
func (l *loader) trace(file string) trace {
	known, is := l.traces[file]
	if !is {
		known.phases, known.wrong = l.readTrace(file)
		if l.traces == nil {
			l.traces = map[string]trace{}
		}
		l.traces[file] = known
	}
	return known
}

func (l *loader) readTrace(file string) ([]Phase, []string) {
	if file == "" {
		return nil, []string{"the name of a file is wanted here"}
	}
	if l.o.ReadFile == nil {
		return nil, []string{fmt.Sprintf("%s can't be read from here", clip(file))}
	}
	src, err := l.o.ReadFile(file, maxTraceBytes)
	if err != nil {
		return nil, []string{err.Error()}
	}
	phases, wrong := parseTrace(src)
	for i := range wrong {
		wrong[i] = clip(file) + ": " + wrong[i]
	}
	return phases, wrong
}

// parseTrace reads lines of LENGTH,RECORDS, empty ones and comments left out. It returns what is wrong, each with the number of
// its line; there are no phases then.
func parseTrace(src []byte) (phases []Phase, wrong []string) {
	if !utf8.Valid(src) {
		return nil, []string{"it is not valid UTF-8 text"}
	}
	records := unit.Count(0)
	text := strings.TrimPrefix(string(src), "\ufeff")
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		p, err := parseTraceLine(line)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("line %d: %v", i+1, err))
		}
		if len(wrong) == maxTraceProblems {
			return nil, wrong
		}
		phases = append(phases, p)
		records += p.Records
	}
	switch long := lengthOf(phases); {
	case len(wrong) > 0:
	case len(phases) > maxTraceLines:
		wrong = append(wrong, fmt.Sprintf("it has %d lines; a trace may have %d, so let each be of a longer time", len(phases), maxTraceLines))
	case records == 0:
		wrong = append(wrong, "no record is due in it; a trace has lines of LENGTH,RECORDS (example: 1s,1200)")
	case long > longestLoad:
		wrong = append(wrong, fmt.Sprintf("it lasts %s; a load may last %s", long, longestLoad))
	default:
		return phases, nil
	}
	return nil, wrong
}

func parseTraceLine(line string) (p Phase, err error) {
	length, records, ok := strings.Cut(line, ",")
	if !ok || len(line) > maxScalar {
		return p, fmt.Errorf("%q is not LENGTH,RECORDS (example: 1s,1200)", clip(line))
	}
	if p.For, err = unit.ParseDuration(length); err != nil {
		return p, err
	}
	if p.Records, err = unit.ParseCount(records); err != nil {
		return p, err
	}
	switch {
	case p.For == 0 || p.For > longestLoad:
		return p, fmt.Errorf("%s is out of range: a length is above 0s, up to %s", p.For, longestLoad)
	case float64(p.Records) > maxRate.PerSecond()*float64(p.For)/1e9:
		return p, fmt.Errorf("%s records in %s are more than %s, which is the highest rate there is", p.Records, p.For, maxRate)
	}
	return p, nil
}
