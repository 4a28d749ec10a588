package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan writes the manual pages.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write a manual page for each command",
		Example: "  kbench man ~/.local/share/man/man1    # then: man kbench-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return exitWith(exitUsage, err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // no day of making; the month in the head is SOURCE_DATE_EPOCH's, where that is set
			root.InitDefaultCompletionCmd()
			if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "kbench " + version(), Manual: "kbench"}, args[0]); err != nil {
				return exitWith(exitUsage, fmt.Errorf("write manual pages: %w", err))
			}
			return nil
		},
	}
}
