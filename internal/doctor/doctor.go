// Package doctor looks, before anything is measured, for what would spoil a measurement: on this machine, in kbench
// itself and its clients, and on the brokers. Each Check is one line of its answer.
package doctor

import (
	"context"
	"fmt"
	"time"

	"kbench/internal/cluster"
	"kbench/internal/driver"
	"kbench/internal/driver/security"
	"kbench/internal/host"
	"kbench/internal/unit"
)

// A Level says how a check ended. The zero value means unset.
type Level string

// The values of Level.
const (
	OK   Level = "ok"
	Warn Level = "warn" // numbers may be worse for it, or a part of the record will be unknown
	Fail Level = "fail" // a run would fail, or its trials would be invalid
)

// A Part is what a check is about.
type Part string

// The values of Part, in the order in which they are told.
const (
	Machine Part = "machine" // what it is, and what goes on there now
	Results Part = "results" // the folder for results
	Floor   Part = "floor"   // how late kbench is when nothing makes it wait
	Ceiling Part = "ceiling" // how fast kbench and each client are, with a fake broker
	Brokers Part = "brokers" // those to be measured
)

// A Check is one thing that was looked at.
type Check struct {
	Part    Part           `json:"part"`
	Name    string         `json:"check"` // one of the part's, always the same
	Level   Level          `json:"level"`
	Said    string         `json:"said"`    // the figures, for people, in one line
	Figures map[string]any `json:"figures"` // the same for programs, in base units named in the key; null is unknown
	Do      string         `json:"do"`      // what to do about it; empty if and only if the level is ok
}

// judged gives a check its level: the first of fail and warn that holds. do is dropped where all is well.
func (c Check) judged(fail, warn bool, do string) Check {
	switch {
	case fail:
		c.Level, c.Do = Fail, do
	case warn:
		c.Level, c.Do = Warn, do
	default:
		c.Level = OK
	}
	return c
}

// failed is the check of what could not be done.
func failed(part Part, name string, err error, do string) Check {
	return Check{Part: part, Name: name, Level: Fail, Said: err.Error(), Figures: map[string]any{}, Do: do}
}

// A Doctor holds what its checks need. Its methods are for one goroutine at a time.
type Doctor struct {
	Drivers []driver.Driver // whose ceiling is asked; the first that needs brokers is the one that tries what brokers allow
	Host    host.Facts
	Cluster cluster.Options // of the embedded broker
	Folder  string          // for results; it need not exist

	Security security.Config // how to connect to the brokers that are measured
	Tell     func(Check)     // gets each check as soon as it is known
}

// Limits on the whole. What is not done by then has failed.
const (
	machineLimit = 20 * time.Second // about 13 s where nothing is wrong
	brokersLimit = 12 * time.Second // 1 to 3 s
)

// CheckMachine checks the machine, and kbench with its clients on it. It takes about 13 s and needs no brokers but the
// embedded one, which it starts and ends. Its only error is ctx's, after which nothing more is told.
func (d *Doctor) CheckMachine(ctx context.Context) error {
	limited, cancel := within(ctx, machineLimit)
	defer cancel()
	tell := d.teller(ctx)
	hiccups := d.checkQuiet(limited, tell)
	tell(folder(d.Folder))
	d.checkFloor(limited, tell, hiccups)
	d.checkCeiling(limited, tell)
	return ctx.Err()
}

// CheckBrokers checks the brokers at these addresses, and tries what a run would do there on a topic of its own, which it
// removes. It takes a second or two, and 12 s at most. Its only error is ctx's, after which nothing more is told.
func (d *Doctor) CheckBrokers(ctx context.Context, brokers []string) error {
	limited, cancel := within(ctx, brokersLimit)
	defer cancel()
	d.checkBrokers(limited, d.teller(ctx), brokers)
	return ctx.Err()
}

// within bounds ctx, with a cause that says so.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("given up after %v for all of the checks", limit))
}

// teller returns Tell until ctx ends: what an interruption cut off says nothing.
func (d *Doctor) teller(ctx context.Context) func(Check) {
	return func(c Check) {
		if ctx.Err() == nil {
			d.Tell(c)
		}
	}
}

// human prints nanoseconds for people.
func human(ns *int64) string {
	if ns == nil {
		return "unknown"
	}
	return unit.HumanDuration(time.Duration(*ns))
}

// above says that a number is known and above a limit.
func above(ns *int64, limit time.Duration) bool { return ns != nil && *ns > int64(limit) }

// known returns nil for -1, which package host has for what it does not know.
func known[T int64 | float64](v T) any {
	if v < 0 {
		return nil
	}
	return v
}
