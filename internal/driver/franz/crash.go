package franz

import "kbench/internal/driver"

var _ driver.Crasher = (*consumer)(nil)

// Crash ends the library's own context, without which it sends nothing: neither a commit nor a word to the group.
func (c *consumer) Crash() {
	c.crashed.Store(true)
	c.ending.Store(true)
	c.cancel()
}
