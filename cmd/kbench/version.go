package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker for tagged builds.
var release string //nolint:gochecknoglobals // the linker can set nothing else

// version names this build: the release, or the revision it was made from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if revision == "" {
		return "devel"
	}
	return revision + dirty
}

type clientVersion struct {
	Name    string `json:"name"`
	Library string `json:"library"`
	Version string `json:"version"`
}

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of kbench, Go and each client inside",
		Example: "  kbench version --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var clients []clientVersion
			for _, d := range drivers() {
				clients = append(clients, clientVersion{d.Name(), d.Library(), d.Version()})
			}
			out := cmd.OutOrStdout()
			if asJSON {
				enc := json.NewEncoder(out)
				enc.SetIndent("", "  ")
				return enc.Encode(map[string]any{
					"kbench": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "clients": clients,
				})
			}
			fmt.Fprintf(out, "kbench %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, c := range clients {
				fmt.Fprintf(out, "client %s: %s %s\n", c.Name, c.Library, c.Version)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
