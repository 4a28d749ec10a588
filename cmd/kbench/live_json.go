package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Where --progress json is asked for, each line of standard error is an object: progress has keys of its own, what else is said is
// one of these. docs/live.md lists them.
type (
	noteJSON struct {
		Note string `json:"note"` // a line for people
	}
	errorJSON struct {
		Error string `json:"error"` // why kbench ends; one line for each problem
	}
	metricsJSON struct {
		Metrics string `json:"metrics"` // the URL that serves them
	}
	keptJSON struct {
		Reports []string `json:"reports"` // files
		Records string   `json:"records"` // the run's folder
	}
)

// speakJSON makes each line an object from here on.
func (s *screen) speakJSON() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.json = true
}

// object writes an object as one line.
func (s *screen) object(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		return // none of ours: they are texts and finite numbers
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.w.Write(append(b, '\n')) // there is nobody to tell when that fails
}

// notes writes each whole line of a text as an object. The caller holds the lock.
func (s *screen) notes(text string) error {
	lines := strings.Split(s.begun+text, "\n")
	s.begun = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		if line = strings.TrimSpace(inert(line)); line == "" {
			continue
		}
		b, err := json.Marshal(noteJSON{line})
		if err == nil {
			_, err = s.w.Write(append(b, '\n'))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fail tells why the command ends.
func (s *screen) fail(err error) {
	s.mu.Lock()
	asJSON := s.json
	s.mu.Unlock()
	if asJSON {
		s.object(errorJSON{strings.Join(mapped(strings.Split(err.Error(), "\n"), inert), "\n")})
		return
	}
	fmt.Fprintf(s, "kbench: %s\n", err)
}
