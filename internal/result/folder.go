package result

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	manifestFile = "manifest.json"
	recordsDir   = "records"
	hdrDir       = "hdr"

	// maxCaseFile bounds a case's part of a file name, in bytes: names end at 255 on most file systems.
	maxCaseFile = 120
	// maxSameName bounds the search for a free folder name: runs of one scenario within one second.
	maxSameName = 1000
)

// A Folder is the results folder of a run that is being written. Its methods may be called concurrently. Every file in
// it but the journal is whole or absent, whatever happens.
type Folder struct {
	path string

	mu       sync.Mutex
	manifest Manifest
	files    map[string]string // file name in lower case to the case that has it
}

// Create makes the folder NAME-20261121T020304Z in parent, which it makes too, with -2, -3 and so on after it if that
// name is taken, and writes the manifest with the status running.
func Create(parent, name string, start time.Time, m Manifest) (*Folder, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fileError("make folder", parent, err)
	}
	start = start.UTC()
	m.Schema, m.Status, m.Start = Schema, StatusRunning, start.Format(time.RFC3339)
	m.Command, m.Plan, m.Comparison = maskCommand(m.Command), maskPlan(m.Plan), maskComparison(m.Comparison)
	f := &Folder{manifest: m, files: map[string]string{}}
	if m.Plan != nil {
		for _, c := range m.Plan.Cases { // in the plan's order, so that the file names do not depend on the trials'
			f.caseFile(c.Name)
		}
	}
	if err := f.create(filepath.Join(parent, safeName(name)+start.Format("-20060102T150405Z"))); err != nil {
		return nil, err
	}
	return f, nil
}

// create makes the folder under another name and then gives it the first of base, base-2, base-3 that is free, so that what
// has such a name can be read whenever kbench is killed.
func (f *Folder) create(base string) error {
	tmp, err := os.MkdirTemp(filepath.Dir(base), ".kbench-*.tmp")
	if err != nil {
		return fileError("make folder", base, err)
	}
	defer func() { _ = os.RemoveAll(tmp) }() // there is nothing of that name once it has its own
	err = os.Chmod(tmp, 0o755)
	for _, dir := range []string{recordsDir, hdrDir} {
		if err == nil {
			err = os.Mkdir(filepath.Join(tmp, dir), 0o755)
		}
	}
	if err != nil {
		return fileError("make folder", base, err)
	}
	path := base
	for n := 2; ; n++ {
		f.path, f.manifest.Name = tmp, filepath.Base(path)
		if err := f.saveManifest(); err != nil {
			return fileError("write", filepath.Join(path, manifestFile), errors.Unwrap(err)) // not the temporary name
		}
		err := os.Rename(tmp, path)
		if err == nil {
			f.path = path
			return nil
		}
		if !errors.Is(err, fs.ErrExist) || n > maxSameName {
			return fileError("make folder", path, err)
		}
		path = base + "-" + strconv.Itoa(n)
	}
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// Name returns the folder's own name, which names the run.
func (f *Folder) Name() string { return filepath.Base(f.path) }

// SaveTrial writes the trial's record, and then removes its journal. Before that it fills the trial's Schema, Run and ID,
// and masks the values of secrets in its settings.
func (f *Folder) SaveTrial(t *Trial) error {
	f.own(t)
	if err := f.writeJSON(filepath.Join(recordsDir, f.caseFile(t.Case)+fmt.Sprintf(".r%d.json", t.Repeat)), t); err != nil {
		return err
	}
	journal := filepath.Join(f.path, journalFile)
	if err := os.Remove(journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileError("remove", journal, err)
	}
	return nil
}

// own makes the trial one of the folder's, without secrets. What it changes below the trial it copies.
func (f *Folder) own(t *Trial) {
	t.Schema, t.Run = Schema, f.Name()
	t.ID = fmt.Sprintf("%s/%s.r%d", t.Run, t.Case, t.Repeat)
	t.Plan, t.Set = maskScenario(t.Plan), maskSettings(t.Set)
	t.Client.Producer, t.Client.Consumer = maskClient(t.Client.Producer), maskClient(t.Client.Consumer)
	whole := t.ID
	for _, w := range t.Workloads {
		f.own(w)
		w.ID = whole + "/" + w.Workload
	}
}

// HDRPath returns where the histogram log of a trial belongs.
func (f *Folder) HDRPath(caseName string, repeat int) string {
	return filepath.Join(f.path, hdrDir, f.caseFile(caseName)+fmt.Sprintf(".r%d.hlog", repeat))
}

// Finish writes the manifest for the last time, with how the run ended (StatusComplete, StatusInterrupted or
// StatusFailed) and when.
func (f *Folder) Finish(status string, end time.Time) error {
	f.mu.Lock()
	f.manifest.Status, f.manifest.End = status, end.UTC().Format(time.RFC3339)
	f.mu.Unlock()
	return f.saveManifest()
}

// WriteFile writes a file of the folder, such as report.md, from what write writes. When anything fails, an older file
// of that name is left as it was.
func (f *Folder) WriteFile(name string, write func(io.Writer) error) error {
	path := filepath.Join(f.path, name)
	if !filepath.IsLocal(name) {
		return fmt.Errorf("result: write %s: it is not inside the results folder", path)
	}
	return WriteAtomic(path, write)
}

func (f *Folder) saveManifest() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writeJSON(manifestFile, &f.manifest)
}

func (f *Folder) writeJSON(name string, v any) error {
	return f.WriteFile(name, func(w io.Writer) error { return encode(w, v) })
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(v)
}

// caseFile returns the case's part of a file name: the same one for the same case, another one for another case, on
// file systems that take upper and lower case for the same too.
func (f *Folder) caseFile(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	file := safeName(name)
	if owner, taken := f.files[strings.ToLower(file)]; taken && owner != name {
		sum := sha256.Sum256([]byte(name))
		file += "-" + hex.EncodeToString(sum[:4])
	}
	f.files[strings.ToLower(file)] = name
	return file
}

// safeName keeps what every file system takes, [A-Za-z0-9=,._-], and puts _ for the rest.
func safeName(s string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("=,._-", r) {
			return r
		}
		return '_'
	}, s)
	if safe == "" || safe[0] == '.' { // a leading point hides a file, and Open would not look at it
		safe = "_" + safe
	}
	return safe[:min(len(safe), maxCaseFile)]
}
