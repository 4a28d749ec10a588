package result

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk runs itself as a child that may write 4 KiB to a file and no more: to it, the disk is full.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("KBENCH_TEST_FULL"); dir != "" {
		saveToFullDisk(t, dir)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), "KBENCH_TEST_FULL="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFullDisk") {
		t.Errorf("%v\n%s", err, out)
	}
}

func saveToFullDisk(t *testing.T, dir string) {
	t.Helper()
	f, err := Create(dir, "full", start(), Manifest{})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		t.Fatal(err)
	}
	err = f.SaveTrial(&Trial{Case: "big", Repeat: 1, Status: StatusFailed, Failure: strings.Repeat("x", 100e3)})
	want := "result: write " + filepath.Join(f.Path(), "records", "big.r1.json") + ": file too large; free some space, or choose another folder with --out"
	if !errors.Is(err, syscall.EFBIG) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	left, err := os.ReadDir(filepath.Join(f.Path(), "records"))
	if err != nil || len(left) > 0 {
		t.Errorf("a write that failed left %v (%v)", left, err)
	}

	j, err := f.Journal(&Trial{Case: "big", Repeat: 1, Status: StatusOK})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Add(&Second{AtNs: 1e9, Warnings: []string{strings.Repeat("x", 100e3)}}); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v, want that the journal is too large", err)
	}
	r, err := Open(f.Path())
	if err != nil || len(r.Trials) != 1 || len(r.Warnings) > 0 {
		t.Errorf("the folder has %+v, %v; want the trial without a torn line", r, err)
	}
}
