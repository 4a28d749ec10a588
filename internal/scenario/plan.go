package scenario

import "kbench/internal/unit"

// A Plan is a scenario made ready to run. It is not changed after Parse.
type Plan struct {
	File     string   `json:"file"` // as the user named it
	Name     string   `json:"name"`
	Source   string   `json:"source"` // the text that was read
	Seed     uint64   `json:"seed"`
	Cases    []Case   `json:"cases"` // in the file's order
	Order    []Step   `json:"order"` // in the order of running
	Warnings []string `json:"warnings,omitempty"`

	// Lines are where the file has its thresholds, by their text.
	Lines map[string]int `json:"lines,omitempty"`
}

// A Case is one combination of the matrix; without a matrix there is one, named base.
type Case struct {
	Name     string    `json:"name"` // acks=1,compression=lz4
	Set      []Setting `json:"set"`  // what the matrix set, in the file's order
	Scenario Scenario  `json:"scenario"`
}

// A Setting is a path and its value, as in --set and in a matrix.
type Setting struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// A Step is one trial to run: an index into Cases, and the repeat from 1.
type Step struct {
	Case   int `json:"case"`
	Repeat int `json:"repeat"`
}

// Duration returns the planned length of one trial of the case from first record to last, without drain, and with the longest
// warm-up where that is auto; 0 where it is not known (a number of records at rate max, or to be read). Of a search it is that
// of all its trials, about.
func (c *Case) Duration() unit.Duration {
	l := c.Scenario.Load
	if l.FindMax != nil {
		long := l.Warmup.Most() + l.Measure
		if l.FindMax.Curve {
			return 15 * long // those of the curve are shorter
		}
		return 10 * long
	}
	if l.Records == 0 {
		return l.Warmup.Most() + l.Measure
	}
	if c.Scenario.Producer == nil || l.Rate == unit.MaxRate || l.Rate == 0 {
		return 0
	}
	return l.Warmup.Most() + unit.Duration(float64(l.Records)/l.Rate.PerSecond()*1e9)
}
