package scenario

import (
	"fmt"
	"slices"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

// Churn is one step of a timeline of members that come and go.
type Churn struct {
	At      unit.Duration `yaml:"at" json:"at" doc:"After the trial's start, warm-up included. Steps are listed in order."`
	Do      string        `yaml:"do" json:"do" doc:"join; leave in order, after a last commit; die as in a crash: nothing is committed any more, and the group finds out when the session times out." words:"join leave die"`
	Members int           `yaml:"members" json:"members" doc:"How many. Those with the highest numbers go; who joins takes the lowest number that is free."`
	Group   int           `yaml:"group" json:"group,omitempty" doc:"Number of the group, from 1; 0 is each group."`
}

// Values of Churn.Do.
const (
	ChurnJoin  = "join"
	ChurnLeave = "leave"
	ChurnDie   = "die"
)

func (s *Churn) setDefaults() { *s = Churn{Members: 1} }

// complete checks that a step says what to do.
func (s *Churn) complete() error {
	if s.Do == "" {
		return fmt.Errorf("do is missing: join, leave or die (example: {at: 8s, do: join, members: 1})")
	}
	return nil
}

// Slow gives some members a processing time of their own.
type Slow struct {
	Group      int           `yaml:"group" json:"group,omitempty" doc:"Number of the group, from 1; 0 is each group."`
	Members    int           `yaml:"members" json:"members,omitempty" doc:"How many of its members, those with the lowest numbers; 0 is all."`
	Processing unit.Duration `yaml:"processing" json:"processing" doc:"Time that they spend on each record, instead of processing."`
}

// ProcessingOf returns the time that a member spends on each record; group and member count from 1. The first entry of Slow that
// is about the member holds.
func (k *Consumer) ProcessingOf(group, member int) unit.Duration {
	for _, s := range k.Slow {
		if (s.Group == 0 || s.Group == group) && (s.Members == 0 || member <= s.Members) {
			return s.Processing
		}
	}
	return k.Processing
}

// ForClient returns the settings of a client that can do what its group goes through; topic, group and the like are left to fill in.
func (k *Consumer) ForClient() driver.ConsumerConfig {
	c := k.ConsumerConfig
	c.Crashes = slices.ContainsFunc(k.Churn, func(s Churn) bool { return s.Do == ChurnDie })
	if k.StaticMembers {
		c.Instance = "any"
	}
	return c
}

// A Roster says who is in a group in the course of a trial. Members are known by their index: first those that the trial begins with,
// then those that join, in order.
type Roster struct {
	Numbers []int   // by member: its number in the group, from 1; who joins may have that of one that has gone
	Moves   [][]int // by step of Churn: the members that it starts or ends; none where it is about other groups
	Left    int     // how many there are at the end
	Short   int     // the first step that ends more members than there are, from 1; 0 for none
}

// RosterOf returns that of a group, from 1.
func (k *Consumer) RosterOf(group int) Roster {
	r := Roster{Moves: make([][]int, len(k.Churn))}
	var alive []int // indexes, by their numbers in order
	join := func() int {
		alive = append(alive, len(r.Numbers))
		r.Numbers = append(r.Numbers, len(alive)) // the highest numbers go first, so the lowest that is free follows all that are taken
		return len(r.Numbers) - 1
	}
	for range k.Members {
		join()
	}
	for i, step := range k.Churn {
		if step.Group != 0 && step.Group != group {
			continue
		}
		if step.Do == ChurnJoin {
			for range step.Members {
				r.Moves[i] = append(r.Moves[i], join())
			}
			continue
		}
		if step.Members > len(alive) && r.Short == 0 {
			r.Short = i + 1
		}
		stay := max(0, len(alive)-step.Members)
		r.Moves[i] = append(r.Moves[i], alive[stay:]...)
		slices.Reverse(r.Moves[i])
		alive = alive[:stay]
	}
	r.Left = len(alive)
	return r
}

// Clients returns how many clients the groups have in the course of a trial.
func (k *Consumer) Clients() (n int) {
	n = k.Groups * k.Members
	for _, step := range k.Churn {
		switch {
		case step.Do != ChurnJoin:
		case step.Group == 0:
			n += k.Groups * step.Members
		case step.Group <= k.Groups:
			n += step.Members
		}
	}
	return n
}

// Bounds of a consumer: each client is a handful of goroutines and connections, and a step is looked at for each group.
const (
	mostSteps   = 1000
	mostClients = 10_000
)

// churn refuses steps that can't be done, or of which nothing could be said.
func (c *checker) churn() {
	s, k := c.s, c.s.Consumer
	if steps, clients := len(k.Churn), k.Clients(); steps > mostSteps || clients > mostClients {
		c.refuse(steps > mostSteps, "consumer.churn", "it has %d steps, and %d are the most; leave some out", steps, mostSteps)
		c.refuse(clients > mostClients, "consumer", "%d clients take part, all groups and those that join together, and %d are the most; lower groups, members or what churn lets join",
			clients, mostClients)
		return
	}
	c.refuse(k.StaticMembers && k.Assign == driver.AssignStatic, "consumer.static_members", "with assign static nobody is a member of a group; use assign: subscribe")
	c.refuse(k.StaticMembers && k.Shares(), "consumer.static_members", "share groups have none; use protocol: classic or consumer")
	for i, slow := range k.Slow {
		c.refuse(slow.Group > k.Groups, fmt.Sprintf("consumer.slow[%d].group", i), "there is no group %d; consumer.groups is %d", slow.Group, k.Groups)
	}
	if len(k.Churn) == 0 {
		return
	}
	c.refuse(k.Assign == driver.AssignStatic, "consumer.churn", "with assign static nobody takes over what a member leaves; use assign: subscribe")
	c.refuse(k.Shares(), "consumer.churn", "in a share group no partition is one member's, so none stands still; use protocol: classic or consumer")
	c.refuse(s.Producer == nil, "consumer.churn", "without a producer nothing says since when records were waiting; add one, or leave churn out")
	c.refuse(s.Producer != nil && !s.Message.HasStamp(), "consumer.churn", "values need %s for the stamp that says since when records were waiting; raise message.size", StampSize)
	c.refuse(s.Load.Warmup.Auto, "load.warmup", "with auto the measured part begins when it may, and churn goes by fixed instants; give a time, such as 5s")
	c.refuse(s.Topic.Name == "" && k.Start == driver.StartLatest, "consumer.start",
		"with churn, latest would skip what is written to a partition before its first commit, each time it changes hands; set start: earliest")
	end := s.Load.Warmup.For + s.Load.Measure
	for i, step := range k.Churn {
		at := fmt.Sprintf("consumer.churn[%d]", i)
		c.refuse(c.timed() && step.At >= end, at+".at", "%s is not before the load's end at %s, warm-up and measured part; let it last longer", step.At, end)
		c.refuse(i > 0 && step.At < k.Churn[max(i, 1)-1].At, at+".at", "%s is before consumer.churn[%d]; list steps in order", step.At, i-1)
		c.refuse(step.Group > k.Groups, at+".group", "there is no group %d; consumer.groups is %d", step.Group, k.Groups)
	}
	for group := 1; group <= k.Groups; group++ {
		r := k.RosterOf(group)
		c.refuse(r.Short > 0, fmt.Sprintf("consumer.churn[%d].members", r.Short-1), "group %d has not as many members by then; lower members, or let some join before", group)
		c.refuse(r.Left == 0 && r.Short == 0, "consumer.churn", "nobody is left in group %d at the end to read what is there; let somebody join again", group)
		if r.Short > 0 || r.Left == 0 {
			return // the other groups have most likely the same
		}
	}
}
