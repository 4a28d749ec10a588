package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"kbench/internal/unit"
)

// A Workload is one of several loads side by side. In a file it has the keys in which it differs from the top level's; after Parse it
// has every setting that is in force. Warm-up, measured part and drain are those of all workloads.
type Workload struct {
	Name     string    `yaml:"name" json:"name" doc:"Names it in paths, as in workloads.NAME.producer.acks, in thresholds and in reports: letters, digits, - and _."`
	Topic    Topic     `yaml:"topic" json:"topic" doc:"Keys of topic, laid over the top level's. Without a name each workload has a fresh topic of its own."`
	Load     Load      `yaml:"load" json:"load" doc:"rate, profile or trace, and arrival; a rate of 0/s leaves the workload out. What else load has is common to all workloads."`
	Producer *Producer `yaml:"producer" json:"producer,omitempty" doc:"Keys of producer, laid over the top level's. null: none, whatever the top level has."`
	Consumer *Consumer `yaml:"consumer" json:"consumer,omitempty" doc:"Keys of consumer, laid over the top level's. null: none, whatever the top level has."`
	Message  Message   `yaml:"message" json:"message" doc:"Keys of message, laid over the top level's."`
}

// All names what workloads are together, so none of them has it.
const All = "all"

// maxWorkloads bounds how many loads a trial has: each has clients, and threads that wait, of its own.
const maxWorkloads = 20

// Of returns the scenario of one workload alone: every key of the top level, with its own in their place. Thresholds are about
// the whole, and stay there.
func (s *Scenario) Of(w *Workload) Scenario {
	out := *s
	out.Topic, out.Load, out.Producer, out.Consumer, out.Message = w.Topic, w.Load, w.Producer, w.Consumer, w.Message
	out.Workloads, out.Thresholds = nil, nil
	return out
}

// Parts returns the loads that a trial of the case has at the same time, as cases of their own: CASE / WORKLOAD for each of several,
// else the case itself.
func (c *Case) Parts() []Case {
	if len(c.Scenario.Workloads) == 0 {
		return []Case{*c}
	}
	var out []Case
	for i := range c.Scenario.Workloads {
		w := &c.Scenario.Workloads[i]
		out = append(out, Case{Name: PartName(c.Name, w.Name), Set: c.Set, Scenario: c.Scenario.Of(w)})
	}
	return out
}

// PartName is what reports call a workload of a case.
func PartName(name, workload string) string { return name + " / " + workload }

// isWorkloads reports whether t is the list of workloads, which paths reach into by name.
func isWorkloads(t reflect.Type) bool { return t == reflect.TypeFor[[]Workload]() }

// ownKeys are the keys of load that a workload may have for itself.
func ownKeys() []string { return []string{"rate", "profile", "trace", "arrival"} }

// byName makes the list of workloads a mapping by their names, in its order, so that it is laid over another and found by paths as any
// section is. What is wrong with it is noted, and left out.
func (d *decoder) byName(n *node, path string) *node {
	if n == nil || n.kind == broken {
		return n
	}
	out := &node{kind: mapping, at: n.at}
	if n.kind != list || len(n.items) == 0 {
		d.problem(n.at, path, "a list of workloads is wanted here (example: [{name: steady, load: {rate: 1k/s}}, {name: heavy}])")
		return out
	}
	if len(n.items) > maxWorkloads {
		d.problem(n.at, path, "%d workloads; there may be %d", len(n.items), maxWorkloads)
	}
	for i, item := range n.items {
		here := fmt.Sprintf("%s[%d]", path, i)
		name := item.get("name")
		switch {
		case item.kind == broken || name != nil && name.kind == broken:
			d.broken = true
		case item.kind != mapping:
			d.problem(item.at, here, "a mapping of keys is wanted here, not a %s (example: {name: steady, load: {rate: 1k/s}})", item.describe())
		case name == nil:
			d.problem(item.at, here, "name is missing: what the workload is called in paths, thresholds and reports")
		case name.kind != scalar || !legalName.MatchString(name.text):
			d.problem(name.at, here+".name", "%q is not a name: it is 1 to 64 letters, digits, - and _", clip(name.text))
		case name.text == All:
			d.problem(name.at, here+".name", "%s is what reports call the workloads together; choose another name", All)
		case out.get(name.text) != nil:
			d.problem(name.at, here+".name", "two workloads are named %s; names are unique", clip(name.text))
		default:
			out.entries = append(out.entries, entry{name.text, item.at, item})
		}
	}
	return out
}

// withWorkloads returns the scenario with its list of workloads by name.
func (l *loader) withWorkloads(root *node) *node {
	n := root.get("workloads")
	if n == nil {
		return root
	}
	d := decoder{}
	root = root.with([]string{"workloads"}, d.byName(n, "workloads"))
	for _, p := range d.problems {
		l.problem(p.at, p.path, "%s", p.msg)
	}
	l.list(root)
	return root
}

// list notes the names of the workloads of a scenario, or of what is laid over one.
func (l *loader) list(n *node) {
	if all := n.get("workloads"); all != nil {
		for _, e := range all.entries {
			if !slices.Contains(l.named, e.key) {
				l.named = append(l.named, e.key)
			}
		}
	}
}

// workloads decodes each workload of a case over the keys of the top level, checks each as a scenario of its own, and puts them into the
// scenario. What is wrong with a key of the top level has been said of that.
func (l *loader) workloads(d *decoder, tree *node, s *Scenario, common *checker, doubt func(string)) {
	common.workloads = l.named
	common.together()
	all := tree.get("workloads")
	if all.kind != mapping || len(d.problems) > 0 {
		return
	}
	for _, e := range all.entries {
		path, before := join("workloads", e.key), len(d.problems)
		switch {
		case !slices.Contains(l.named, e.key):
			d.problem(e.value.at, path, "there is no workload of that name; there are %s", alternatives(l.named))
		case e.value.isNull() || rests(e.value) || e.value.kind == mapping && e.value.get("name") == nil: // left out; or of a list that this case does not have
		case e.value.kind != mapping:
			d.problem(e.value.at, path, "a mapping of keys is wanted here, not a %s", e.value.describe())
		default:
			w := workload{d: d, path: path, name: e.key, own: e.value}
			l.workload(&w, tree, s, common, doubt)
			d.problems = append(d.problems[:before:before], unsaid(d.problems[:before], d.problems[before:])...)
		}
	}
	common.refuse(len(s.Workloads) == 0 && len(l.named) > 0 && len(d.problems) == 0, "workloads", "every workload is left out; leave one")
}

// rests reports whether a workload has a rate of nothing, which leaves it out: a matrix compares with and without it so.
func rests(own *node) bool {
	n := own.get("load").get("rate")
	if n == nil || n.kind != scalar {
		return false
	}
	rate, err := unit.ParseRate(n.text)
	return err == nil && rate == 0
}

// A workload is one that is being decoded.
type workload struct {
	d    *decoder
	path string
	name string
	own  *node
}

// workload decodes one.
func (l *loader) workload(w *workload, tree *node, s *Scenario, common *checker, doubt func(string)) {
	merged := w.over(tree.without([]string{"workloads"}))
	part := decoder{limits: w.d.limits}
	alone := Default()
	part.section(merged, reflect.ValueOf(&alone).Elem(), "")
	alone.Name, alone.Thresholds, alone.Workloads = s.Name, nil, nil
	l.o.own(&alone)
	if len(part.problems) == 0 && !part.broken {
		l.files(&part, merged, &alone)
		alone.Load.Measure = s.Load.Measure
		rules := l.rules(&part, merged, &alone)
		given := rules.given
		rules.given = func(path string) bool { return path == "load.measure" || given(path) }
		rules.varied = func(path string) bool { return common.varied(path) || common.varied(join(w.path, path)) }
		rules.check()
		for _, warning := range rules.warnings() {
			doubt(join(w.path, warning))
		}
		alone.Load.settle()
	}
	for _, p := range part.problems {
		if p.path == "" { // of the workload as a whole
			p.at = w.own.at
		}
		w.d.problem(p.at, strings.TrimSuffix(join(w.path, p.path), "."), "%s", p.msg)
	}
	w.d.broken = w.d.broken || part.broken
	s.Workloads = append(s.Workloads, Workload{
		Name: w.name, Topic: alone.Topic, Load: alone.Load, Producer: alone.Producer, Consumer: alone.Consumer, Message: alone.Message,
	})
}

// over returns the keys of the top level with the workload's own laid over them, and notes those that it can't have.
func (w *workload) over(root *node) *node {
	t := reflect.TypeFor[Workload]()
	for _, e := range w.own.entries {
		switch typ := below(t, e.key); {
		case typ == nil:
			w.d.problem(e.at, join(w.path, clip(e.key)), "%v", unknown(e.key, t))
		case e.key != "name":
			root = withoutRivals(root, e.key, e.value)
			root = root.with([]string{e.key}, root.get(e.key).laid(e.value, typ))
		}
	}
	if load := w.own.get("load"); load != nil {
		for _, e := range load.entries {
			if below(reflect.TypeFor[Load](), e.key) != nil && !slices.Contains(ownKeys(), e.key) {
				w.d.problem(e.at, join(w.path, "load."+e.key), "load.%s is common to all workloads, and stands at the top level; a workload has %s for itself", e.key, alternatives(ownKeys()))
			}
		}
	}
	return root
}

// withoutRivals takes out of the top level what a key of a workload takes the place of.
func withoutRivals(root *node, section string, own *node) *node {
	for _, group := range rivals() {
		has := func(path string) bool {
			return strings.HasPrefix(path, section+".") && own.get(path[len(section)+1:]) != nil
		}
		if !slices.ContainsFunc(group, has) {
			continue
		}
		for _, rival := range group {
			if !has(rival) {
				root = root.without(strings.Split(rival, "."))
			}
		}
	}
	return root
}

// unsaid returns those problems that have not been said of the same place before.
func unsaid(before, after []found) (out []found) {
	for _, p := range after {
		if !slices.ContainsFunc(before, func(o found) bool { return o.at == p.at && o.msg == p.msg }) {
			out = append(out, p)
		}
	}
	return out
}

// together refuses what several loads can't have together, or not yet have a meaning for.
func (c *checker) together() {
	l := &c.s.Load
	c.refuse(!legalName.MatchString(c.s.Name), "name", "%q is not a name: it is 1 to 64 letters, digits, - and _", clip(c.s.Name))
	c.refuse(l.FindMax != nil, "load.find_max", "a search is for the rate of one load, and there are several workloads; give each its rate")
	c.refuse(c.given("load.records"), "load.records", "several workloads end at one instant; give load.measure instead")
	c.refuse(l.Warmup.Auto, "load.warmup", "several workloads are warmed up together, and auto goes by the response of one; give a time, such as 5s")
	c.refuse(len(c.s.Faults) > 0, "faults", "with several workloads there are no faults; leave one of the two out")
	c.refuse(c.s.Preload > 0, "preload", "with several workloads there is no preload; leave one of the two out")
	c.thresholds("thresholds", c.s.Thresholds)
	for i, t := range c.s.Thresholds {
		c.refuse(t.Abort, fmt.Sprintf("thresholds[%d].abort", i), "with several workloads no trial is stopped early; leave abort out, and it is checked at the end")
	}
}

// Split returns the workload that a threshold is about, and the metric's own name; the workload is empty where it is about the whole.
func (t *Threshold) Split() (workload, metric string) { return SplitMetric(t.Metric) }

// SplitMetric splits WORKLOAD.METRIC; the workload is empty where there is none.
func SplitMetric(name string) (workload, metric string) {
	if workload, metric, ok := strings.Cut(name, "."); ok {
		return workload, metric
	}
	return "", name
}

// ofWorkload reports whether --set can leave out what is at a path: a workload, or its producer or consumer.
func ofWorkload(path string) bool {
	prefix, key := cutWorkload(path)
	return prefix != "" && (key == "" || isOptionalSection(key))
}

// cutWorkload splits workloads.NAME.KEY after the second dot; another path has no prefix.
func cutWorkload(path string) (prefix, key string) {
	parts := strings.SplitN(path, ".", 3)
	switch {
	case parts[0] != "workloads" || len(parts) < 2 || parts[1] == "":
		return "", path
	case len(parts) == 2:
		return path, ""
	}
	return path[:len(path)-len(parts[2])], parts[2]
}

// ShortPath is the last part of a path; of a workload's key, with the workload before it: bulk.rate.
func ShortPath(path string) string {
	prefix, key := cutWorkload(path)
	last := key[strings.LastIndex(key, ".")+1:]
	if prefix == "" {
		return last
	}
	return strings.Trim(strings.TrimPrefix(prefix, "workloads.")+last, ".")
}

// workloadForm is what paths of a matrix look like that reach into a workload.
const workloadForm = `^workloads\.[A-Za-z0-9_-]+(\..+)?$`

// workloads is the list of workloads in the schema.
func (m schemaMaker) workloads(path string) object {
	d := Default()
	item := m.section(reflect.ValueOf(Workload{Topic: d.Topic, Load: d.Load, Producer: d.Producer, Consumer: d.Consumer, Message: d.Message}), path+"[]")
	item["required"] = []string{"name"}
	properties := item["properties"].(object)
	properties["name"].(object)["pattern"] = legalName.String()
	load := properties["load"].(object)["properties"].(object)
	for key := range load {
		if !slices.Contains(ownKeys(), key) {
			delete(load, key)
		}
	}
	return object{"type": "array", "minItems": 1, "maxItems": maxWorkloads, "items": item}
}
