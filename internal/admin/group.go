package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// A Group is a consumer group.
type Group struct {
	Name  string
	Empty bool // it has no members, as the brokers say; older ones than Kafka 2.6 do not say it
}

// Groups returns the groups whose names begin with prefix, sorted.
func (a *Admin) Groups(ctx context.Context, prefix string) ([]Group, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	var listed kadm.ListedGroups
	err := coordinated(ctx, func() (err error) {
		listed, err = a.adm.ListGroups(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	var groups []Group
	for _, g := range listed.Sorted() {
		if strings.HasPrefix(g.Group, prefix) {
			groups = append(groups, Group{Name: g.Group, Empty: g.State == "Empty" || g.State == "Dead"})
		}
	}
	return groups, nil
}

// WrittenSince reports whether the topic holds a record whose timestamp is not before the instant.
func (a *Admin) WrittenSince(ctx context.Context, topic string, since time.Time) (bool, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	listed, err := a.adm.ListOffsetsAfterMilli(ctx, since.UnixMilli(), topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return false, fmt.Errorf("last records of topic %s: %w", topic, err)
	}
	for _, o := range listed[topic] {
		if o.Timestamp >= 0 { // else it is the end, for want of such a record
			return true, nil
		}
	}
	return false, nil
}
