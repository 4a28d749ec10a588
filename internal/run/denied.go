package run

import (
	"fmt"
	"strings"

	"kbench/internal/driver"
)

// denied says why it is of no use to wait until groups read what p writes: the brokers refuse it for want of a permission,
// which nobody gives meanwhile. The clients themselves try for ever. It returns nil where nothing was refused.
func denied(groups []*group, p *producer) error {
	if err := p.tally().lastError; isDenial(driver.ClassOf(err)) {
		return fmt.Errorf("write: %w; give this user WRITE on the topic", err)
	}
	for _, g := range groups {
		for _, m := range g.members {
			for class := range m.client.Errors() {
				if isDenial(class) {
					return fmt.Errorf("member %d of group %s: %s; give this user READ on the topic and on the group", m.number, g.name, class)
				}
			}
		}
	}
	return nil
}

// isDenial reports whether a class of errors is that of a missing permission.
func isDenial(class string) bool { return strings.HasSuffix(class, "_AUTHORIZATION_FAILED") }
