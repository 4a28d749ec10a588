package bare

import (
	"fmt"
	"strconv"
	"time"
)

// settings reads what kbench's record says is in force. The first that is missing or in another form is err: a loop that
// went on with a default would compare two different things.
type settings struct {
	in  map[string]string
	err error
}

func (s *settings) word(name string) string {
	v, ok := s.in[name]
	if !ok && s.err == nil {
		s.err = fmt.Errorf("kbench's record has no setting %s: the bare loop can't have the same", name)
	}
	return v
}

func (s *settings) number(name string) int {
	n, err := strconv.Atoi(s.word(name))
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("setting %s of kbench's record: %w", name, err)
	}
	return n
}

// millis reads a setting that may have a fraction of a millisecond.
func (s *settings) millis(name string) time.Duration {
	ms, err := strconv.ParseFloat(s.word(name), 64)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("setting %s of kbench's record: %w", name, err)
	}
	return time.Duration(ms * 1e6)
}

// must holds a setting to the only value that the loops are written for.
func (s *settings) must(name, value string) {
	if got := s.word(name); got != value && s.err == nil {
		s.err = fmt.Errorf("setting %s of kbench's record is %s: the bare loop knows %s only", name, got, value)
	}
}
