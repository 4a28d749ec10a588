//go:build unix

package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"kbench/internal/unit"
)

// folder checks the folder for results, or the first above it that exists: whether kbench may write there, and how much room there is.
func folder(name string) Check {
	c := Check{Part: Results, Name: "folder", Figures: map[string]any{"path": name, "free_bytes": nil}}
	at, err := existing(name)
	if err == nil {
		err = unix.Access(at, unix.W_OK)
	}
	if err != nil {
		c.Said = fmt.Sprintf("%s can't be written to: %v", name, err)
		return c.judged(true, false, "name another folder with --out, or have this one made yours")
	}
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil {
		c.Said = fmt.Sprintf("%s: how much is free is not told: %v", name, err)
		return c.judged(false, true, "see by yourself that there is room")
	}
	free := float64(st.Bavail) * float64(st.Bsize)
	c.Figures["free_bytes"] = int64(free)
	c.Said = fmt.Sprintf("%s: %s free", name, unit.HumanBytes(free))
	return c.judged(false, free < diskLeast, "make room, or name another folder with --out: a record that can't be written is a trial lost")
}

// existing returns the folder, or else the first above it that is there.
func existing(name string) (string, error) {
	at, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	for {
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at:
			at = filepath.Dir(at)
			continue
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is a file", at)
		}
		return at, err
	}
}

// openFiles returns how many files the process may have open, 0 without a limit, -1 if unknown. Go has already raised it as
// far as it may.
func openFiles() int64 {
	var r unix.Rlimit
	switch err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); {
	case err != nil:
		return -1
	case r.Cur >= math.MaxInt64: // infinity, on each system another number from there on
		return 0
	}
	return int64(r.Cur)
}
