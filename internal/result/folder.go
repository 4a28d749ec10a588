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
// it is whole or absent, whatever happens.
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
	base := filepath.Join(parent, safeName(name)+start.Format("-20060102T150405Z"))
	path := base
	for n := 2; ; n++ {
		err := os.Mkdir(path, 0o755)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) || n > maxSameName {
			return nil, fileError("make folder", path, err)
		}
		path = base + "-" + strconv.Itoa(n)
	}
	for _, dir := range []string{recordsDir, hdrDir} {
		if err := os.Mkdir(filepath.Join(path, dir), 0o755); err != nil {
			return nil, fileError("make folder", filepath.Join(path, dir), err)
		}
	}
	m.Schema, m.Name, m.Status, m.Start = Schema, filepath.Base(path), StatusRunning, start.Format(time.RFC3339)
	m.Command, m.Plan = maskCommand(m.Command), maskPlan(m.Plan)
	f := &Folder{path: path, manifest: m, files: map[string]string{}}
	if m.Plan != nil {
		for _, c := range m.Plan.Cases { // in the plan's order, so that the file names do not depend on the trials'
			f.caseFile(c.Name)
		}
	}
	if err := f.saveManifest(); err != nil {
		return nil, err
	}
	return f, nil
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// Name returns the folder's own name, which names the run.
func (f *Folder) Name() string { return filepath.Base(f.path) }

// SaveTrial writes the trial's record. Before that it fills the trial's Schema, Run and ID, and masks the values of
// secrets in its settings.
func (f *Folder) SaveTrial(t *Trial) error {
	t.Schema, t.Run = Schema, f.Name()
	t.ID = fmt.Sprintf("%s/%s.r%d", t.Run, t.Case, t.Repeat)
	t.Plan, t.Set = maskScenario(t.Plan), maskSettings(t.Set)
	for _, c := range []*Client{t.Client.Producer, t.Client.Consumer} {
		if c != nil {
			c.Settings = maskMap(c.Settings)
		}
	}
	return f.writeJSON(filepath.Join(recordsDir, f.caseFile(t.Case)+fmt.Sprintf(".r%d.json", t.Repeat)), t)
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
