package scenario

import "kbench/internal/driver"

// forward refuses what consumers that write what they read can't be, or can't be checked with.
func (c *checker) forward() {
	k, at := c.s.Consumer, "consumer.forward.records"
	if k.Forward.Records == 0 {
		return
	}
	p := c.s.Producer
	c.refuse(p == nil, at, "what is forwarded is checked against what was produced, and there is no producer; add one")
	c.refuse(p != nil && p.Transaction.Records > 0, at, "transactions of producers and of forwarding members would be counted as one; leave producer.transaction out")
	c.refuse(c.s.Topic.Name != "", at, "it writes to a second topic of the trial's own, and topic.name is used as it is; leave topic.name out")
	c.refuse(k.Groups != 1, at, "one group forwards, and there are %d; set consumer.groups: 1", k.Groups)
	c.refuse(k.Assign != driver.AssignSubscribe || k.Shares(), at, "it takes a group whose members have partitions; set consumer.assign: subscribe and protocol: classic or consumer")
	c.refuse(k.Commit != driver.CommitNone, at, "offsets are committed by its transactions; set consumer.commit: none")
	c.refuse(k.Isolation != driver.ReadCommitted, at, "exactly once needs readers of committed records; set consumer.isolation: read_committed")
	c.refuse(k.Start != driver.StartEarliest, at, "what is written before the group is ready would be skipped; set consumer.start: earliest")
	c.refuse(k.Processing > 0 || len(k.Slow) > 0 || len(k.Churn) > 0 || len(k.Pause) > 0 || k.StaticMembers, at, "processing, slow, churn, pause and static members are for groups that only read; leave them out")
}
