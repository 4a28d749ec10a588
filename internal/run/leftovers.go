package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kbench/internal/admin"
)

// TopicPrefix begins the names of topics and groups that kbench makes.
const TopicPrefix = "kbench-"

// LeftoverAge is how long after the planned end of its trial something counts as left behind, and how long nothing was
// written to it then. Clocks of machines that share a cluster must agree better than that.
const LeftoverAge = time.Hour

// unplanned stands for the length of a trial that has no planned one.
const unplanned = 24 * time.Hour

// What stands in names before the id: when the trial should be over, in UTC, or that nobody is to remove it.
const (
	overForm = "20060102t150405z"
	kept     = "kept"
)

// planned returns how long the trial takes at most by plan, from its first due instant to the end of its drain.
func (t *trial) planned() time.Duration {
	length := min(t.bounds.stop(), t.bounds.loadEnd())
	if length == math.MaxInt64 {
		length = unplanned
	}
	return length + time.Duration(t.c.Load.Drain)
}

// OwnName names a trial's own topic and begins the names of its groups, whose ends are -g and a number. over is when the trial
// should be over: some time after that Leftovers finds what has the name. With keep nobody removes it.
func OwnName(scenario string, over time.Time, id uint64, keep bool) string {
	until := over.UTC().Format(overForm)
	if keep {
		until = kept
	}
	return fmt.Sprintf("%s%s-%s-%016x", TopicPrefix, strings.ToLower(scenario), until, id)
}

// wasOver says whether a name is one that OwnName made, not to be kept, for a trial that should have been over before the instant.
func wasOver(name string, at time.Time) bool {
	rest, ok := strings.CutPrefix(name, TopicPrefix)
	parts := strings.Split(rest, "-")
	if !ok || len(parts) < 3 {
		return false
	}
	over, id := parts[len(parts)-2], parts[len(parts)-1]
	when, err := time.Parse(overForm, over)
	return err == nil && when.Before(at) && len(id) == 16 && strings.Trim(id, "0123456789abcdef") == ""
}

// topicOf returns the beginning of a group's name that its trial's own topic has, where it has one.
func topicOf(group string) string {
	i := strings.LastIndex(group, "-g")
	if i < 0 || strings.Trim(group[i+2:], "0123456789") != "" {
		return group
	}
	return group[:i]
}

// A Leftover is a topic or a consumer group of a trial whose kbench was killed.
type Leftover struct {
	Name  string
	Group bool
}

// String says what it is.
func (l Leftover) String() string {
	if l.Group {
		return "group " + l.Name
	}
	return "topic " + l.Name
}

// Leftovers finds what trials of killed kbenches have left on the brokers: names of the form that trials make, whose trial
// should have been over LeftoverAge ago. What may be in use is none: a topic that was written to since, or one of whose
// groups has members; and a group whose topic is none. What can't be told of one is an error, and leaves that one alone.
func Leftovers(ctx context.Context, a *admin.Admin, now time.Time) (left []Leftover, err error) {
	since := now.Add(-LeftoverAge)
	groups, err := a.Groups(ctx, TopicPrefix)
	if err != nil {
		return nil, err
	}
	topics, err := a.Topics(ctx, TopicPrefix)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{} // by topic
	for _, g := range groups {
		used[topicOf(g.Name)] = used[topicOf(g.Name)] || !g.Empty
	}
	var errs []error
	for _, topic := range topics {
		if !wasOver(topic, since) || used[topic] {
			used[topic] = true
			continue
		}
		written, err := a.WrittenSince(ctx, topic, since)
		errs = append(errs, err)
		if used[topic] = written || err != nil; !used[topic] {
			left = append(left, Leftover{Name: topic})
		}
	}
	for _, g := range groups {
		if topic := topicOf(g.Name); wasOver(topic, since) && !used[topic] {
			left = append(left, Leftover{Name: g.Name, Group: true})
		}
	}
	return left, errors.Join(errs...)
}

// RemoveLeftovers removes what Leftovers finds, and returns what it has removed.
func RemoveLeftovers(ctx context.Context, a *admin.Admin, now time.Time) (removed []Leftover, err error) {
	left, err := Leftovers(ctx, a, now)
	errs := []error{err}
	for _, l := range left {
		if l.Group {
			err = a.DeleteGroups(ctx, l.Name)
		} else {
			err = a.DeleteTopic(ctx, l.Name)
		}
		if errs = append(errs, err); err == nil {
			removed = append(removed, l)
		}
	}
	return slices.Clip(removed), errors.Join(errs...)
}
