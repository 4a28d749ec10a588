package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kbench/internal/host"
	"kbench/internal/pace"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// Where a machine is worth a warning. Where a trial would be invalid is run.Limits' to say.
const (
	cpusLeast   = 2                     // with one, whoever waits for an instant waits for the client too
	memoryLeast = 1 << 30               // a full buffer of a client takes a quarter of that, the embedded broker all of it
	diskLeast   = 1 << 30               // results take some MB for each trial
	filesLeast  = 1024                  // each client has a connection to each broker, and a few
	lookMost    = 500 * time.Nanosecond // one look at the clock; through the kernel it takes more
	quietFor    = 2 * time.Second       // how long the machine is watched while kbench does next to nothing
	looks       = 10_000                // at the clock, to see what one takes
)

// checkQuiet watches the machine while kbench sleeps and wakes, tells what it is and what went on, and returns by how much
// each sleep ended late.
func (d *Doctor) checkQuiet(ctx context.Context, tell func(Check)) lateness {
	sampler := host.NewSampler()
	defer sampler.Close()
	var stretch host.Stretch
	stretch.Add(sampler.Sample())
	start := time.Now()
	pacer := pace.New(start)
	late := oversleep(ctx, pacer, quietFor)
	pacer.Close()
	wall := time.Since(start)
	stretch.Add(sampler.Sample())
	m := machine{
		facts: d.Host, usage: stretch.Usage(wall, d.Host.Allowance()),
		procs: procsNeeded(d.Host), look: lookTime(), files: openFiles(), limits: run.DefaultLimits(),
	}
	m.readTree(os.DirFS("/"))
	for _, c := range m.checks() {
		tell(c)
	}
	return late
}

// lookTime measures what one look at the clock takes.
func lookTime() time.Duration {
	start := time.Now()
	for range looks {
		_ = time.Since(start)
	}
	return time.Since(start) / looks
}

// procsNeeded returns the GOMAXPROCS that a producer and a consumer get.
func procsNeeded(facts host.Facts) int {
	env := run.Env{Host: facts}
	defer env.MakeRoom(planOf(&scenario.Case{Scenario: scenario.Default()}))()
	return env.Host.GOMAXPROCS
}

// A machine is what its checks are computed from.
type machine struct {
	facts     host.Facts
	usage     host.Usage // while kbench did next to nothing
	available int64      // bytes of memory that programs can still have; -1 unknown
	turbo     string     // on, off, or "" where it does not show
	procs     int        // GOMAXPROCS that a producer and a consumer get
	look      time.Duration
	files     int64 // that the process may have open; 0 no limit, -1 unknown
	limits    run.Limits
}

// readTree reads what package host does not.
func (m *machine) readTree(root fs.FS) {
	m.available = -1
	for line := range strings.Lines(read(root, "proc/meminfo")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemAvailable:" && f[2] == "kB" {
			if n, err := strconv.ParseInt(f[1], 10, 53); err == nil && n >= 0 {
				m.available = n << 10
			}
		}
	}
	for _, t := range []struct{ file, on, off string }{
		{"sys/devices/system/cpu/intel_pstate/no_turbo", "0", "1"},
		{"sys/devices/system/cpu/cpufreq/boost", "1", "0"},
	} {
		switch strings.TrimSpace(read(root, t.file)) {
		case t.on:
			m.turbo = "on"
		case t.off:
			m.turbo = "off"
		}
	}
}

// read returns a file's text, "" if it cannot be read.
func read(root fs.FS, name string) string {
	b, _ := fs.ReadFile(root, name) // what can't be read is unknown
	return string(b)
}

func (m *machine) checks() []Check {
	return []Check{
		m.cpus(), m.gomaxprocs(), m.memory(), m.openFiles(), m.clock(), m.governor(), m.pressure(), m.steal(), m.throttling(),
	}
}

// untold says that neither a limit of this name nor its absence could be read.
func (m *machine) untold(name string) bool { return slices.Contains(m.facts.Unknown, name) }

func (m *machine) cpus() Check {
	f := m.facts
	c := Check{Part: Machine, Name: "cpus", Said: fmt.Sprintf("%d", f.CPUs), Figures: map[string]any{"cpus": f.CPUs, "limit_cores": nil}}
	switch {
	case f.CPULimit > 0:
		c.Said += fmt.Sprintf(", and a control group allows %.2f of them", f.CPULimit)
		c.Figures["limit_cores"] = f.CPULimit
	case m.untold("cpu_limit_cores"):
		c.Said += "; whether a control group limits them is not known"
	default:
		c.Said += ", and no limit by a control group"
	}
	limited := f.CPULimit > 0 && f.CPULimit < float64(f.CPUs)
	do := fmt.Sprintf("use %d CPUs or more, beside those that brokers here need", cpusLeast)
	if limited {
		do = "lift the limit: kbench stands still once it has used up its share of a period, and such a trial is invalid"
	}
	return c.judged(false, limited || f.Allowance() < cpusLeast, do)
}

// gomaxprocs is never wrong, since kbench raises it by itself; it is told for those who compare runs.
func (m *machine) gomaxprocs() Check {
	said := fmt.Sprintf("%d; a producer and a consumer get %d", m.facts.GOMAXPROCS, m.procs)
	return Check{
		Part: Machine, Name: "gomaxprocs", Level: OK, Said: said,
		Figures: map[string]any{"gomaxprocs": m.facts.GOMAXPROCS, "needed": m.procs},
	}
}

func (m *machine) memory() Check {
	f := m.facts
	c := Check{
		Part: Machine, Name: "memory", Said: "how much is free is not told here",
		Figures: map[string]any{"available_bytes": known(m.available), "limit_bytes": nil},
	}
	if m.available >= 0 {
		c.Said = unit.HumanBytes(float64(m.available)) + " free"
	}
	if f.MemLimit > 0 {
		c.Said += ", and a control group allows " + unit.HumanBytes(float64(f.MemLimit))
		c.Figures["limit_bytes"] = f.MemLimit
	}
	little := m.available >= 0 && m.available < memoryLeast || f.MemLimit > 0 && f.MemLimit < memoryLeast
	return c.judged(false, little, "have 1 GiB free, or lower producer.buffer; and bring your own brokers, the embedded one keeps its records in memory")
}

func (m *machine) openFiles() Check {
	c := Check{Part: Machine, Name: "open_files", Said: "the limit is not told here", Figures: map[string]any{"limit": nil}}
	switch {
	case m.files == 0:
		c.Said = "no limit"
	case m.files > 0:
		c.Said, c.Figures["limit"] = fmt.Sprintf("%d allowed", m.files), m.files
	}
	return c.judged(false, m.files > 0 && m.files < filesLeast, fmt.Sprintf("allow %d (ulimit -n): each client has a connection to each broker", filesLeast))
}

func (m *machine) clock() Check {
	c := Check{Part: Machine, Name: "clock", Figures: map[string]any{"clocksource": nil, "look_ns": int64(m.look)}}
	source := "of a source that is not told here"
	if m.facts.Clock != "" {
		source, c.Figures["clocksource"] = m.facts.Clock, m.facts.Clock
	}
	c.Said = fmt.Sprintf("%s, %s a look", source, unit.HumanDuration(m.look))
	// Any other is read by asking the kernel, a microsecond each time.
	fast := slices.Contains([]string{"", "tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"}, m.facts.Clock)
	return c.judged(false, !fast || m.look > lookMost, "use a clock source that programs read by themselves, tsc or kvm-clock: kbench looks at the clock for every few records")
}

func (m *machine) governor() Check {
	c := Check{Part: Machine, Name: "governor", Figures: map[string]any{"governor": nil, "turbo": nil}}
	c.Said = "not told here, as in most virtual machines"
	if g := m.facts.Governor; g != "" {
		c.Said, c.Figures["governor"] = g, g
	}
	if m.turbo != "" {
		c.Said, c.Figures["turbo"] = c.Said+", turbo "+m.turbo, m.turbo
	}
	slow := m.facts.Governor != "" && m.facts.Governor != "performance"
	return c.judged(false, slow, "cpupower frequency-set -g performance: a CPU that slows down when it is idle makes low rates look slow")
}

func (m *machine) pressure() Check {
	c := Check{Part: Machine, Name: "cpu_pressure", Figures: map[string]any{"part": known(m.usage.PressureCPU)}}
	p := m.usage.PressureCPU
	if p < 0 {
		c.Said = "the kernel does not tell"
		return c.judged(false, true, "boot Linux with psi=1, or trials can't be warned of CPUs that others use")
	}
	c.Said = fmt.Sprintf("something waited for a CPU during %.1f %% of %v", 100*p, quietFor)
	return c.judged(false, p > m.limits.PressureCPU, "end what else runs here: it takes CPU time from kbench and from brokers")
}

func (m *machine) steal() Check {
	c := Check{Part: Machine, Name: "steal", Figures: map[string]any{"part": known(m.usage.StealPart)}}
	p := m.usage.StealPart
	if p < 0 {
		c.Said = "the kernel does not tell"
		return c.judged(false, true, "measure on Linux, or trials can't be checked for it")
	}
	c.Said = fmt.Sprintf("%.1f %% of the CPU time was taken away by this machine's host", 100*p)
	return c.judged(p > m.limits.Steal, false, fmt.Sprintf("use a machine with CPUs of its own: trials with more than %.0f %% are invalid", 100*m.limits.Steal))
}

func (m *machine) throttling() Check {
	n := m.usage.Throttled
	c := Check{Part: Machine, Name: "throttling", Figures: map[string]any{"periods": known(n)}}
	free := m.facts.CPULimit == 0 && !m.untold("cpu_limit_cores")
	switch {
	case n < 0 && free:
		c.Said = "none, for there is no limit"
	case n < 0:
		c.Said = "the kernel does not tell"
		return c.judged(false, true, "measure where control groups show (/sys/fs/cgroup), or trials can't be checked for it")
	default:
		c.Said = fmt.Sprintf("in %d periods of the last %v", n, quietFor)
	}
	return c.judged(n > 0, false, "raise the control group's CPU limit: a trial in which kbench is throttled is invalid")
}
