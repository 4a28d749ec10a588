package result

import (
	"maps"
	"slices"
	"strings"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// masked stands in records and manifests for the value of a setting that is a secret.
const masked = "***"

func maskMap(m map[string]string) map[string]string {
	m = maps.Clone(m)
	for name := range m {
		if driver.Secret(name) {
			m[name] = masked
		}
	}
	return m
}

func maskSettings(set []scenario.Setting) []scenario.Setting {
	set = slices.Clone(set)
	for i := range set {
		if driver.Secret(set[i].Path) {
			set[i].Value = masked
		}
	}
	return set
}

func maskClient(c *Client) *Client {
	if c == nil {
		return nil
	}
	masked := *c
	masked.Settings = maskMap(c.Settings)
	return &masked
}

// maskScenario returns s without secrets. What it changes it copies, since plans are never changed.
func maskScenario(s scenario.Scenario) scenario.Scenario {
	if s.Producer != nil {
		p := *s.Producer
		p.Config = maskMap(p.Config)
		s.Producer = &p
	}
	if s.Consumer != nil {
		c := *s.Consumer
		c.Config = maskMap(c.Config)
		s.Consumer = &c
	}
	s.Workloads = slices.Clone(s.Workloads)
	for i := range s.Workloads {
		w := &s.Workloads[i]
		alone := maskScenario(s.Of(w))
		w.Producer, w.Consumer = alone.Producer, alone.Consumer
	}
	return s
}

// maskPlan returns the plan without secrets. The text of a scenario that sets one is left out whole: no rule of ours
// finds every way in which YAML can write a value.
func maskPlan(p *scenario.Plan) *scenario.Plan {
	if p == nil {
		return nil
	}
	plan := *p
	plan.Cases = slices.Clone(plan.Cases)
	for i := range plan.Cases {
		c := &plan.Cases[i]
		if hasSecret(c) {
			plan.Source = "# left out: it sets a secret\n"
		}
		c.Set, c.Scenario = maskSettings(c.Set), maskScenario(c.Scenario)
	}
	return &plan
}

func hasSecret(c *scenario.Case) bool {
	var names []string
	for _, s := range c.Set {
		names = append(names, s.Path)
	}
	for _, part := range append(c.Parts(), *c) {
		if p := part.Scenario.Producer; p != nil {
			names = slices.AppendSeq(names, maps.Keys(p.Config))
		}
		if c := part.Scenario.Consumer; c != nil {
			names = slices.AppendSeq(names, maps.Keys(c.Config))
		}
	}
	return slices.ContainsFunc(names, driver.Secret)
}

// maskComparison masks what the sides of a comparison were made of, as the user wrote it: from the first secret on, since a
// value may hold blanks.
func maskComparison(c *Comparison) *Comparison {
	if c == nil {
		return nil
	}
	out := *c
	for _, side := range []*string{&out.A, &out.B} {
		words := strings.Split(*side, " ")
		for i, w := range maskCommand(words) {
			if w != words[i] {
				*side = strings.Join(append(words[:i:i], w), " ")
				break
			}
		}
	}
	return &out
}

// maskCommand masks the values in arguments such as sasl.password=hunter2, after -X, and --set=PATH=VALUE.
func maskCommand(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		parts := strings.Split(arg, "=")
		if n := slices.IndexFunc(parts, driver.Secret); n >= 0 && n < len(parts)-1 {
			args[i] = strings.Join(append(parts[:n+1], masked), "=")
		}
	}
	return args
}
