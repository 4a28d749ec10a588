package sarama

import "kbench/internal/driver"

var _ driver.Crasher = (*consumer)(nil)

// Crash cuts the connections: what the library would say at its end does not get through.
func (c *consumer) Crash() { c.net.cut() }
