package scenario

import "kbench/internal/driver"

// Shares reports whether the groups are share groups (KIP-932).
func (k *Consumer) Shares() bool { return k.Protocol == driver.ProtocolShare }

// share refuses what there is none of in a share group.
func (c *checker) share() {
	s, k := c.s, c.s.Consumer
	if !k.Shares() {
		return
	}
	const instead = "; leave it out, or use protocol: consumer"
	c.refuse(k.Assign != driver.AssignSubscribe, "consumer.assign", "members of a share group share all partitions, so none is dealt out"+instead)
	c.refuse(c.given("consumer.assignor"), "consumer.assignor", "members of a share group share all partitions, so none is dealt out"+instead)
	c.refuse(c.given("consumer.commit") && k.Commit != driver.CommitAuto || c.given("consumer.commit_every"), "consumer.commit",
		"a share group commits no offsets: each record is acknowledged once it is processed"+instead)
	c.refuse(len(k.Churn) > 0, "consumer.churn", "members of a share group share all partitions, so none changes hands"+instead)
	c.refuse(k.Start != driver.StartLatest, "consumer.start", "where a share group begins is the group's setting share.auto.offset.reset at the brokers"+instead)
	c.refuse(k.Isolation != driver.ReadUncommitted, "consumer.isolation", "what a share group sees is the group's setting share.isolation.level at the brokers"+instead)
	c.refuse(s.Producer == nil, "consumer.protocol", "a share group begins with what is produced from then on, and there is no producer; add one, or use protocol: consumer")
	c.refuse(s.Producer != nil && s.Producer.Transaction.Records > 0, "consumer.protocol",
		"how far a share group is, is told by counting records, and transactions leave other marks in the log; use protocol: consumer, or no transactions")
}
