package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
)

// plainEvery is the time between lines of plain progress.
const plainEvery = 5 * time.Second

// A progress tells on standard error where a run stands. Safe for concurrent use.
type progress struct {
	mode   string // tty, plain, json or none
	screen *screen
	clock  func() time.Time

	mu    sync.Mutex
	plan  lengths
	now   run.Progress
	view  view      // of a tty
	last  time.Time // of the last plain line
	phase string
}

func newProgress(mode string, quiet bool, w io.Writer) (*progress, error) {
	s, ok := w.(*screen)
	if !ok {
		s = newScreen(w)
	}
	mode, err := progressMode(mode, s.terminal(), os.Getenv)
	if err != nil {
		return nil, err
	}
	if mode == "json" {
		s.speakJSON()
	}
	if quiet {
		mode = "none"
	}
	return &progress{mode: mode, screen: s, clock: time.Now, view: view{pen: s.pen}}, nil
}

// progressMode says how a run is told. terminal says whether standard error is one; get is os.Getenv. CI keeps logs, and some of it
// pretends to be a terminal.
func progressMode(mode string, terminal bool, get func(string) string) (string, error) {
	terminal = terminal && get("TERM") != "dumb"
	switch ci := get("CI"); mode {
	case "auto":
		if terminal && (ci == "" || ci == "false" || ci == "0") {
			return "tty", nil
		}
		return "plain", nil
	case "tty":
		if !terminal {
			return "", errors.New("--progress tty: standard error is no terminal that can be drawn on; use plain or json")
		}
		return mode, nil
	case "plain", "json", "none":
		return mode, nil
	}
	return "", fmt.Errorf("--progress %s: it is auto, tty, plain, json or none", mode)
}

// begin tells what is about to be run.
func (p *progress) begin(plan *scenario.Plan) {
	p.mu.Lock()
	p.plan = lengthsOf(plan)
	p.mu.Unlock()
	if p.mode == "tty" || p.mode == "plain" {
		fmt.Fprintf(p.screen, "%s: %s, about %s\n", inert(plan.Name), trialsOf(plan), lengthOf(plan))
	}
}

// A progressJSON is a line of JSON progress.
type progressJSON struct {
	run.Progress

	LeftNs *time.Duration `json:"left_ns"` // of the run's loads, by plan; null: not known
}

// tell takes one progress report a second, and phases as they begin.
func (p *progress) tell(r run.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Scenario, r.Case, r.Phase = inert(r.Scenario), inert(r.Case), inert(r.Phase)
	p.now = following(p.now, r)
	left := p.plan.left(p.now)
	switch p.mode {
	case "json":
		p.screen.object(progressJSON{r, left})
	case "tty":
		p.view.take(p.now, left)
		p.screen.draw(p.view.lines)
	case "plain":
		if now := p.clock(); r.Phase != p.phase || now.Sub(p.last) >= plainEvery {
			p.last, p.phase = now, r.Phase
			fmt.Fprintln(p.screen, progressLine(r))
		}
	}
}

// trial tells that one has ended.
func (p *progress) trial(t *result.Trial) {
	if p.mode != "tty" && p.mode != "plain" {
		return
	}
	line := fmt.Sprintf("%s r%d: %s", t.Case, t.Repeat, t.Status)
	if t.Search != nil {
		line += ", " + searchLine(t.Search)
	}
	if t.Failure != "" {
		line += ": " + t.Failure
	}
	for _, reason := range t.Verdict.Reasons {
		line += "; " + t.Verdict.Trust + ": " + reason
	}
	fmt.Fprintln(p.screen, inert(line))
}

// end takes away what is drawn.
func (p *progress) end() { p.screen.draw(nil) }

func progressLine(r run.Progress) string {
	line := r.Case
	if r.Trial > 0 {
		line = fmt.Sprintf("[%d/%d] %s r%d", r.Trial, r.Trials, r.Case, r.Repeat)
	}
	if r.Phase != "" {
		return line + ": " + r.Phase
	}
	line += fmt.Sprintf(": %s", r.At.Round(time.Second))
	if r.Of > 0 {
		line += fmt.Sprintf(" of %s", r.Of.Round(time.Second))
	}
	if r.Warmup {
		line += " (warm-up)"
	}
	if r.OfferedPerS != nil {
		line += fmt.Sprintf(", offered %s, acked %s", rate(r.OfferedPerS), rate(r.AckedPerS))
	}
	if r.ConsumedPerS != nil {
		line += ", consumed " + rate(r.ConsumedPerS)
	}
	if r.P99Ns != nil {
		line += fmt.Sprintf(", %s p99 %s", r.Span, latency(&r, "p99", r.P99Ns))
	}
	if r.ConsumerLag != nil && *r.ConsumerLag > 0 {
		line += ", consumers " + lag(r.ConsumerLag)
	}
	if r.Failed != nil && *r.Failed > 0 {
		line += fmt.Sprintf(", %d failed", *r.Failed)
	}
	return line
}
