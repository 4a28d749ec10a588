package main

import (
	"fmt"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// searchCodes returns the exit codes that searches ask for. Their steps overload on purpose, and some can't be trusted: what
// counts is whether there is an answer, whether it is one about the brokers, and whether nothing speaks against it.
func searchCodes(trials []*result.Trial) (codes []int) {
	for _, f := range result.Searches(trials) {
		switch {
		case f.Open:
			codes = append(codes, exitFailed)
		case f.HarnessLimited:
			codes = append(codes, exitUntrusted)
		case f.Pass <= 0:
			codes = append(codes, exitMissed)
		case !f.Sure():
			codes = append(codes, exitUntrusted)
		}
	}
	return codes
}

// searchLine says what a step of a search was for, and what came of it.
func searchLine(s *result.Search) string {
	rate := "max"
	if s.RatePerS > 0 {
		rate = unit.Human(s.RatePerS) + "/s"
	}
	line := fmt.Sprintf("%s at %s", s.Phase, rate)
	switch {
	case s.Pass == nil:
		return line
	case *s.Pass:
		return line + " passed"
	}
	return line + " did not pass: " + s.Why
}

// searchRange prints what a case searches through; empty where it does not search.
func searchRange(s *scenario.Scenario) string {
	f := s.Load.FindMax
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%v to %v", f.From, f.To)
}
