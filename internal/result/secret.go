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
	if p := c.Scenario.Producer; p != nil {
		names = slices.AppendSeq(names, maps.Keys(p.Config))
	}
	if c := c.Scenario.Consumer; c != nil {
		names = slices.AppendSeq(names, maps.Keys(c.Config))
	}
	return slices.ContainsFunc(names, driver.Secret)
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
