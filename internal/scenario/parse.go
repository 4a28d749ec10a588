package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// DefaultSeed is the seed of a run that names none: the same file gives the same order.
const DefaultSeed = 1

// Options are what the command line adds to a file. The zero value adds nothing.
type Options struct {
	Set     []string // PATH=VALUE each, laid over the file before the matrix
	Only    []string // globs on the names of cases
	Repeats int      // instead of the file's; 0 is the file's
	Seed    uint64   // of the order; 0 is DefaultSeed
	Metrics []string // names that thresholds may have; none: any
	Clients []string // in this binary; none: any

	// ReadFile returns the text of a file that the scenario names by its path from the scenario's own folder, and an error of one
	// line where that has more bytes than most; nil: there are no files.
	ReadFile func(path string, most int) ([]byte, error)

	// Producer and Consumer are the clients' own properties, laid over producer.config and consumer.config where a scenario has
	// those sections.
	Producer, Consumer map[string]string

	CannotAbort func(Threshold) string // why a trial can't be stopped over a threshold; "", or no function: it can
}

// Parse reads a scenario and makes it a Plan. file is its name in problems, and src its text. The error is of type
// Problems, and holds everything that is wrong.
func Parse(file string, src []byte, o Options) (*Plan, error) {
	root, problems := readYAML(file, src)
	if root == nil {
		return nil, Problems(problems)
	}
	overrides, wrong := o.overrides()
	l := loader{file: file, o: o, limits: limitsByPath(), problems: append(problems, wrong...)}
	dims := l.matrix(root)
	root = l.withWorkloads(root.without([]string{"matrix"}))
	for _, over := range overrides {
		for _, d := range dims {
			if path := over.against(d); path != "" {
				l.problem(pos{flag: over.text}, "", "the matrix sets %s; leave that out of the file first", path)
			}
		}
		root = over.apply(root, dims)
	}
	cases := l.cases(root, dims)
	if len(l.problems) > 0 {
		return nil, ordered(l.problems)
	}
	kept, wrong := only(cases, o.Only)
	if len(wrong) > 0 {
		return nil, ordered(wrong)
	}
	p := &Plan{File: file, Name: cases[0].Scenario.Name, Source: string(src), Seed: cmp.Or(o.Seed, DefaultSeed), Cases: kept, Warnings: l.warnings(kept), Lines: l.lines}
	p.Order = steps(len(kept), cases[0].Scenario.Repeats, cases[0].Scenario.Order, p.Seed)
	return p, nil
}

// A loader makes the cases of one file.
type loader struct {
	file     string
	o        Options
	limits   map[string]limit
	problems []Problem
	doubts   tally[string]
	lines    map[string]int // of thresholds, by their text; nil: there are none
	named    []string       // workloads that the file lists, in the matrix too
	traces   map[string]trace
	payloads map[string]payloadFile
}

// problem notes what is wrong at a place in the file, or with a flag.
func (l *loader) problem(at pos, path, format string, args ...any) {
	p := Problem{File: l.file, Line: at.line, Col: at.col, Path: path, Msg: fmt.Sprintf(format, args...)}
	if at.flag != "" {
		p.File = at.flag
	}
	l.problems = append(l.problems, p)
}

// matrix reads the dimensions. Where they have problems there are none, so that the rest is checked without them.
func (l *loader) matrix(root *node) []dimension {
	d := decoder{limits: l.limits}
	dims := d.dimensions(root.get("matrix"))
	for _, p := range d.problems {
		l.problem(p.at, p.path, "%s", p.msg)
	}
	if len(d.problems) > 0 || d.broken {
		return nil
	}
	for _, dim := range dims {
		for _, v := range dim.values {
			if dim.path == Variant {
				l.list(v.node)
			}
		}
	}
	return dims
}

// cases decodes the scenario once for each combination and checks each as if it were alone. What is wrong with all of
// them is one problem.
func (l *loader) cases(root *node, dims []dimension) []Case {
	n := combinations(dims, maxTrials)
	if n > maxTrials {
		l.problem(dims[0].at, "matrix", "more than %d cases; take values out", maxTrials)
		return nil
	}
	var wrong tally[found]
	names := map[string]bool{}
	cases := make([]Case, n)
	for i := range cases {
		c := &cases[i]
		tree := root
		c.Set = make([]Setting, len(dims))
		for k, v := range combination(dims, i) {
			d := &dims[k]
			c.Set[k] = Setting{Path: d.path, Value: v.name}
			tree = tree.with(d.steps, tree.under(d.steps).laid(v.node, d.typ))
		}
		c.Name = caseName(c.Set)
		if names[c.Name] {
			l.problem(dims[0].at, "matrix", "two cases would be named %s; change a value's spelling", clip(c.Name))
		}
		names[c.Name] = true
		for _, p := range l.decode(tree, c, dims) {
			wrong.add(p, c.Name)
		}
	}
	for _, p := range wrong.seen {
		l.problem(p.at, p.path, "%s%s", p.msg, wrong.where(p, n))
	}
	if r := cases[0].Scenario.Repeats; len(l.problems) == 0 && n*r > maxTrials {
		at, _ := root.find("repeats")
		l.problem(at, "repeats", "%d cases of %d repeats are more than %d trials", n, r, maxTrials)
	}
	return cases
}

// decode fills in c.Scenario from its tree. Rules between keys are checked only where each key by itself is right.
func (l *loader) decode(tree *node, c *Case, dims []dimension) []found {
	d := decoder{limits: l.limits}
	c.Scenario = Default()
	d.section(tree, reflect.ValueOf(&c.Scenario).Elem(), "")
	c.Scenario.Name = cmp.Or(c.Scenario.Name, nameOf(l.file))
	l.o.own(&c.Scenario)
	if len(d.problems) > 0 || d.broken {
		return d.problems
	}
	for i, t := range c.Scenario.Thresholds {
		if at, is := tree.find(fmt.Sprintf("thresholds[%d]", i)); is && at.flag == "" {
			if l.lines == nil {
				l.lines = map[string]int{}
			}
			l.lines[t.Text] = at.line
		}
	}
	l.files(&d, tree, &c.Scenario)
	rules := l.rules(&d, tree, &c.Scenario)
	rules.varied = func(path string) bool {
		return slices.ContainsFunc(dims, func(d dimension) bool { return slices.Contains(d.sets, path) })
	}
	if tree.get("workloads") != nil {
		l.workloads(&d, tree, &c.Scenario, &rules, func(doubt string) { l.doubts.add(doubt, c.Name) })
		return d.problems
	}
	rules.check()
	for _, w := range rules.warnings() {
		l.doubts.add(w, c.Name)
	}
	c.Scenario.Load.settle()
	return d.problems
}

// files reads what a scenario names by its path: its trace, and its payload.
func (l *loader) files(d *decoder, tree *node, s *Scenario) {
	load := &s.Load
	if at, is := tree.find("load.trace"); is {
		read := l.trace(load.Trace)
		for _, msg := range read.wrong {
			d.problem(at, "load.trace", "%s", msg)
		}
		load.Profile = read.phases
	}
	if _, given := tree.find("load.measure"); len(load.Profile) > 0 && !given {
		load.Measure = lengthOf(load.Profile)
	}
	if wrong := l.payload(&s.Message); wrong != "" {
		at, _ := tree.find("message.payload")
		d.problem(at, "message.payload", "%s", wrong)
	}
}

// rules returns a checker of a scenario, that does not know yet what varies.
func (l *loader) rules(d *decoder, tree *node, s *Scenario) checker {
	return checker{
		s: s, clients: l.o.Clients, metrics: l.o.Metrics, cannotAbort: l.o.CannotAbort,
		given: func(path string) bool { _, is := tree.find(path); return is },
		problem: func(path, format string, args ...any) {
			at, _ := tree.find(path)
			d.problem(at, path, format, args...)
		},
	}
}

// settle leaves of each pair of keys that exclude each other the one that is in force.
func (l *Load) settle() {
	if l.Profile != nil || l.FindMax != nil {
		l.Rate = 0
	}
	if l.Records > 0 {
		l.Measure = 0
	}
}

// own lays the clients' own properties over those of a case, which has its maps for itself.
func (o *Options) own(s *Scenario) {
	if s.Producer != nil && len(o.Producer) > 0 {
		s.Producer.Config = overlaid(s.Producer.Config, o.Producer)
	}
	if s.Consumer != nil && len(o.Consumer) > 0 {
		s.Consumer.Config = overlaid(s.Consumer.Config, o.Consumer)
	}
}

// overlaid returns a map of its own.
func overlaid(config, over map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, config)
	maps.Copy(out, over)
	return out
}

// warnings returns the doubts about the cases that are left.
func (l *loader) warnings(kept []Case) (out []string) {
	left := map[string]bool{}
	for _, c := range kept {
		left[c.Name] = true
	}
	for _, w := range l.doubts.seen {
		l.doubts.cases[w] = slices.DeleteFunc(l.doubts.cases[w], func(name string) bool { return !left[name] })
		if len(l.doubts.cases[w]) > 0 {
			out = append(out, w+l.doubts.where(w, len(kept)))
		}
	}
	return out
}

var illegalInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// nameOf makes a scenario's name of its file's.
func nameOf(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".yml"), ".yaml")
	name := strings.Trim(illegalInName.ReplaceAllString(base, "-"), "-")
	if name == "" {
		return "scenario"
	}
	return name[:min(len(name), 64)]
}
