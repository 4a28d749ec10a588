package result

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile bounds what is read from one file, in bytes. A record of a day has about 100 MB of windows.
const maxFile = 512 << 20

// A Run is a results folder that was read, or a single record.
type Run struct {
	Manifest Manifest
	Trials   []*Trial // in the plan's order of cases, then by repeat
	Warnings []string // files that could not be used, and records whose numbers do not add up; one line each
}

// Open reads a results folder, finished or not, or the file of one record. A file in the folder that is no record of
// this version is left out with a warning; a folder without a manifest that can be read is an error. The trial that was in
// flight when kbench was killed, or is now, is there as far as it got, with the status interrupted.
func Open(path string) (*Run, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileError("read", path, err)
	}
	if !info.IsDir() {
		if filepath.Base(path) == manifestFile {
			return Open(filepath.Dir(path))
		}
		return openRecord(path)
	}
	r := &Run{}
	if err := readJSON(filepath.Join(path, manifestFile), &r.Manifest); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("result: %s is no results folder: it has no %s (a results folder is named NAME-20261121T020304Z)", path, manifestFile)
		}
		return nil, err
	}
	if err := checkSchema(r.Manifest.Schema); err != nil {
		return nil, fileError("read", filepath.Join(path, manifestFile), err)
	}
	entries, err := os.ReadDir(filepath.Join(path, recordsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", filepath.Join(path, recordsDir), err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") { // those of systems, and what a crash left of a write
			r.add(path, e.Name())
		}
	}
	r.addInFlight(path)
	r.sort()
	return r, nil
}

// openRecord reads a single record, as a run of its own.
func openRecord(path string) (*Run, error) {
	t, err := readTrial(path)
	if err != nil {
		return nil, err
	}
	status := StatusComplete
	if t.Status != StatusOK {
		status = t.Status
	}
	m := Manifest{Schema: t.Schema, Name: t.Run, Status: status, Start: t.Start, Kbench: t.Host.Kbench, Host: t.Host}
	r := &Run{Manifest: m, Trials: []*Trial{t}}
	r.doubt(filepath.Base(path), t)
	return r, nil
}

// add reads one file of records; what is wrong with it becomes a warning that names it within the folder.
func (r *Run) add(dir, name string) {
	file := recordsDir + "/" + name
	t, err := readTrial(filepath.Join(dir, recordsDir, name))
	if err != nil {
		cause := err
		if e := errors.Unwrap(err); e != nil { // without the path, which differs from place to place
			cause = e
		}
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s was left out: %v", file, cause))
		return
	}
	if slices.ContainsFunc(r.Trials, func(o *Trial) bool { return o.Case == t.Case && o.Repeat == t.Repeat }) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s was left out: another file has case %s, repeat %d", file, t.Case, t.Repeat))
		return
	}
	r.Trials = append(r.Trials, t)
	r.doubt(file, t)
}

// doubt warns of a record whose counts contradict each other.
func (r *Run) doubt(file string, t *Trial) {
	if c := t.Counts; c.Scheduled != c.Acked+c.Failed+c.Unresolved {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s does not add up: %d scheduled, but %d acked, %d failed and %d unresolved",
			file, c.Scheduled, c.Acked, c.Failed, c.Unresolved))
	}
}

func (r *Run) sort() {
	order := map[string]int{}
	if r.Manifest.Plan != nil {
		for i, c := range r.Manifest.Plan.Cases {
			order[c.Name] = i
		}
	}
	place := func(t *Trial) int {
		if i, ok := order[t.Case]; ok {
			return i
		}
		return len(order) // a case that is not in the plan comes last
	}
	slices.SortStableFunc(r.Trials, func(a, b *Trial) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Repeat, b.Repeat))
	})
}

func readTrial(path string) (*Trial, error) {
	t := &Trial{}
	err := readJSON(path, t)
	if err == nil {
		if err = t.check(); err != nil {
			err = fileError("read", path, err)
		}
	}
	return t, err
}

// check refuses what is JSON but not a record that this version can read.
func (t *Trial) check() error {
	if err := checkSchema(t.Schema); err != nil {
		return err
	}
	switch t.Status {
	case StatusOK, StatusFailed, StatusInterrupted:
	default:
		return fmt.Errorf("no record of kbench: its status is %q", t.Status)
	}
	if t.Case == "" || t.Repeat < 1 {
		return errors.New("no record of kbench: it has no case or no repeat")
	}
	return nil
}

func checkSchema(schema int) error {
	switch {
	case schema <= 0:
		return errors.New("not written by kbench: it has no schema number")
	case schema > Schema:
		return fmt.Errorf("written by a newer kbench: its schema is %d, this kbench reads up to %d; use the newer one", schema, Schema)
	}
	return nil
}

// readJSON decodes exactly one JSON value from a regular file. Unknown keys are allowed: a later kbench may add some.
func readJSON(path string, v any) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("larger than %d bytes", int64(maxFile))
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return fileError("read", path, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fileError("read", path, fmt.Errorf("not written by kbench, or damaged: %w", err))
	}
	return nil
}
