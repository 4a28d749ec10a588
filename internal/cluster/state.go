package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A State is what Up has started, as its file in the state folder has it. It is there from before the first process
// is started until Down has ended the last.
type State struct {
	Engine  Engine    `json:"engine"`
	Count   int       `json:"nodes"`
	Version string    `json:"version"`
	Brokers []string  `json:"brokers"`
	Started time.Time `json:"started"` // when all answered; zero: they do not yet, or never did
	Dir     string    `json:"dir"`     // data and logs; removed by Down
	JVMs    []*jvm    `json:"jvms,omitempty"`
}

func stateFile(o Options) string { return filepath.Join(o.StateDir, "cluster.json") }

// readState returns nil where nothing was started.
func readState(o Options) (*State, error) {
	b, err := os.ReadFile(stateFile(o))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what kbench cluster up has noted: %w", err)
	}
	s, err := parseState(b)
	if err != nil {
		return nil, fmt.Errorf("read what kbench cluster up has noted: %s is damaged (%w); end its processes by hand and remove it", stateFile(o), err)
	}
	return s, nil
}

func parseState(b []byte) (*State, error) {
	s := new(State)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, err
	}
	return s, s.check()
}

// check refuses what no kbench has written: Down acts on it by killing and removing.
func (s *State) check() error {
	if err := (Spec{s.Engine, s.Count}).check(); err != nil {
		return err
	}
	switch {
	case s.Engine == Embedded:
		return errors.New("an embedded broker does not stay")
	case !filepath.IsAbs(s.Dir) || filepath.Clean(s.Dir) == "/":
		return fmt.Errorf("dir %q is not kbench's", s.Dir)
	}
	if len(s.JVMs) > s.Count {
		return fmt.Errorf("it has %d processes for %d nodes", len(s.JVMs), s.Count)
	}
	for _, n := range s.JVMs {
		if n == nil || n.Process.PID < 0 || n.Process.PID == 1 {
			return errors.New("a process has no pid")
		}
	}
	return nil
}

// writeState replaces the file as a whole.
func writeState(o Options, s *State) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.StateDir, 0o755); err != nil {
		return err
	}
	temp := stateFile(o) + ".new"
	if err := os.WriteFile(temp, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, stateFile(o))
}
