package admin

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
)

// RemoveStatic takes static members out of a group, which would keep their places until their sessions time out. Those that are not in
// it are no error.
func (a *Admin) RemoveStatic(ctx context.Context, group string, instances ...string) error {
	ctx, cancel := bound(ctx)
	defer cancel()
	err := coordinated(ctx, func() error {
		_, err := a.adm.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs(instances...))
		return err
	})
	if err != nil {
		return fmt.Errorf("remove the static members of group %s: %w", group, err)
	}
	return nil
}
