package result

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// journalFile has what is known of the trial in flight, until its record has taken its place.
const journalFile = "journal.jsonl"

// maxLine bounds a line of the journal, in bytes. One that corrects the windows of a day after a stall has about 130 MB.
const maxLine = maxFile

// A Journal is the account of the trial in flight, for whoever reads the folder of a kbench that was killed. Each line goes to
// the system at once and whole: the end of the process loses none of them, a power cut may lose the last. It is for one
// goroutine at a time.
type Journal struct {
	path string
	file *os.File
	size int64 // of the lines that are whole
}

// A Second is what is known of a trial at the end of a window: totals up to there, and what is new since the Second before.
type Second struct {
	AtNs         int64             `json:"at_ns"`      // since the trial's start; every second due before it is in the counts
	MeasureNs    int64             `json:"measure_ns"` // of the measured part, up to there
	Counts       Counts            `json:"counts"`
	WarmupCounts Counts            `json:"warmup_counts"`
	Rates        Rates             `json:"rates"`
	Latency      map[Span]*Latency `json:"latency"`
	Windows      []Window          `json:"windows"` // new, or changed: one that came before with the same index is void
	Events       []Event           `json:"events,omitempty"`
	Warnings     []string          `json:"warnings,omitempty"`
}

// A journalLine is one line: the first has the trial's head, each further one a Second.
type journalLine struct {
	Trial  *Trial  `json:"trial,omitempty"`
	Second *Second `json:"second,omitempty"`
}

// Journal begins the journal of a trial. Head is the trial's record as far as it is known before its load; it is filled in
// and masked as SaveTrial does, which ends the journal by removing it.
func (f *Folder) Journal(head *Trial) (*Journal, error) {
	f.own(head)
	path := filepath.Join(f.path, journalFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fileError("write", path, err)
	}
	j := &Journal{path: path, file: file}
	if err := j.write(journalLine{Trial: head}); err != nil {
		_ = j.Close()
		_ = os.Remove(path) // it has nothing that could be read
		return nil, err
	}
	return j, nil
}

// Add writes a line. After an error the journal ends with the line before.
func (j *Journal) Add(s *Second) error { return j.write(journalLine{Second: s}) }

// Close ends the writing. The file stays.
func (j *Journal) Close() error { return j.file.Close() }

func (j *Journal) write(line journalLine) error {
	b, err := json.Marshal(line)
	if err == nil {
		_, err = j.file.Write(append(b, '\n'))
	}
	if err != nil {
		_ = j.file.Truncate(j.size) // what a full disk took of the line; where that fails too, the reader leaves it out
		return fileError("write", j.path, err)
	}
	j.size += int64(len(b)) + 1
	return nil
}

// addInFlight reads the journal, if there is one, as the record of a trial that was cut off. A trial that has its record
// needs none: kbench ended after the one was written and before the other was removed.
func (r *Run) addInFlight(dir string) {
	f, err := os.Open(filepath.Join(dir, journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var t *Trial
	if err == nil {
		t, err = readJournal(f)
		_ = f.Close() // it was only read
	}
	if t != nil && slices.ContainsFunc(r.Trials, func(o *Trial) bool { return o.Case == t.Case && o.Repeat == t.Repeat }) {
		return
	}
	if err != nil {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %v", journalFile, err))
	}
	if t != nil {
		r.Trials = append(r.Trials, t)
		r.doubt(journalFile, t)
	}
}

// readJournal returns the trial as far as the journal has it, nil where it has not even its head, and an error that says what
// was left out.
func readJournal(r io.Reader) (*Trial, error) {
	var (
		t       *Trial
		windows = map[int]Window{}
		at      time.Duration
		left    int   // lines that are no line of a journal
		first   error // of them
		lines   = bufio.NewScanner(r)
	)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line, err := readLine(lines.Bytes(), t == nil)
		switch {
		case err != nil:
			left++
			first = cmp.Or(first, fmt.Errorf("line %d: %w", n, err))
		case t == nil:
			t = line.Trial
		default:
			at = t.take(line.Second, windows)
		}
	}
	if err := lines.Err(); err != nil {
		left++
		first = cmp.Or(first, err)
	}
	var err error
	if left > 0 {
		err = fmt.Errorf("what is torn or damaged was left out: %d of its lines, first %w", left, first)
	}
	if t == nil {
		return nil, err
	}
	t.Windows = slices.SortedFunc(maps.Values(windows), func(a, b Window) int { return cmp.Compare(a.Index, b.Index) })
	t.Status = StatusInterrupted
	t.Failure = fmt.Sprintf("cut off at second %g, warm-up included: kbench was killed, or is still running", at.Seconds())
	t.Verdict = Verdict{Trust: TrustInvalid, Reasons: []string{t.Failure}}
	return t, err
}

// readLine decodes a line, which must be a head or a Second.
func readLine(b []byte, head bool) (line journalLine, err error) {
	err = json.Unmarshal(b, &line)
	switch {
	case err != nil:
	case head && line.Trial == nil:
		err = errors.New("it is not the beginning of a trial")
	case head:
		err = line.Trial.check()
	case line.Second == nil:
		err = errors.New("it has no second")
	}
	return line, err
}

// take brings the trial up to a Second, and returns which one that is.
func (t *Trial) take(s *Second, windows map[int]Window) (at time.Duration) {
	t.MeasureNs, t.Counts, t.WarmupCounts, t.Rates, t.Latency = s.MeasureNs, s.Counts, s.WarmupCounts, s.Rates, s.Latency
	t.Events, t.Warnings = append(t.Events, s.Events...), append(t.Warnings, s.Warnings...)
	for _, w := range s.Windows {
		windows[w.Index] = w
	}
	return time.Duration(s.AtNs)
}
