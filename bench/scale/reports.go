package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"kbench/bench/lab"
	"kbench/internal/result"
)

// A size is that of a generated result, and what kbench report took for it.
type size struct {
	trials, windows int
	used            lab.Usage
}

func (s size) all() float64 { return float64(s.trials * s.windows) }

// reports has kbench report run on results that a generator makes of one real record: more and more windows of a second
// in one trial, up to an hour of them, and more and more trials.
func (s *scale) reports(ctx context.Context) (string, error) {
	scenario := "name: seed\nrepeats: 1\nload: {rate: 20k/s, warmup: 1s, measure: 10s}\nproducer: {client: franz}\nconsumer: {client: franz}\n"
	seed, _, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, scenario, nil)
	if err != nil {
		return "", err
	}
	t := newTable("trials", "windows in each", "records on disk, MB", "seconds", "CPU seconds", "memory, MiB", "CPU µs a window")
	sizes := []size{
		{trials: 1, windows: s.windows / 60},
		{trials: 10, windows: s.windows / 60},
		{trials: 100, windows: s.windows / 60},
		{trials: 1, windows: s.windows},
		{trials: 10, windows: s.windows},
		{trials: 30, windows: s.windows},
	}
	for i := range sizes {
		if err := s.report(ctx, t, seed, &sizes[i]); err != nil {
			return "", err
		}
	}
	some, many, most := sizes[3], sizes[4], sizes[5]
	return fmt.Sprintf("`kbench report` on results that were made of one real record, its windows over and over. Where there are up to %.0f windows, "+
		"another one takes %.2f times the CPU and %.2f times the memory that it does up to %.0f: 1 is linear growth.\n\n%s",
		most.all(), slope(many, most, cpu)/slope(some, many, cpu), slope(many, most, memory)/slope(some, many, memory), many.all(), t.markdown()), nil
}

func cpu(u lab.Usage) float64    { return u.CPU.Seconds() }
func memory(u lab.Usage) float64 { return float64(u.RSSBytes) }

// slope returns what a window more takes from one size to a larger one.
func slope(a, b size, of func(lab.Usage) float64) float64 {
	return (of(b.used) - of(a.used)) / (b.all() - a.all())
}

// report measures one kbench report.
func (s *scale) report(ctx context.Context, t *table, seed *result.Trial, z *size) error {
	dir, err := os.MkdirTemp("", "kbench-scale-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path, err := generate(dir, seed, z.trials, z.windows)
	if err != nil {
		return err
	}
	bytes, err := bytesIn(path)
	if err != nil {
		return err
	}
	begin := time.Now()
	_, used, err := lab.Run(ctx, lab.Command{Argv: []string{s.kbench, "report", path}})
	if err != nil {
		return err
	}
	took := time.Since(begin)
	z.used = used
	fmt.Fprintf(s.log, "%d trials of %d windows: %s s\n", z.trials, z.windows, seconds(took))
	t.add(strconv.Itoa(z.trials), strconv.Itoa(z.windows), fmt.Sprintf("%.1f", float64(bytes)/1e6), seconds(took), seconds(used.CPU),
		fmt.Sprintf("%.0f", mib(used.RSSBytes)), fmt.Sprintf("%.1f", used.CPU.Seconds()*1e6/z.all()))
	return nil
}

// generate makes a results folder of as many trials, each with as many windows, and returns where it is.
func generate(parent string, seed *result.Trial, trials, windows int) (string, error) {
	folder, err := result.Create(parent, "generated", time.Now(), result.Manifest{Kbench: seed.Host.Kbench, Host: seed.Host})
	if err != nil {
		return "", err
	}
	for repeat := range trials {
		t := *seed // its maps are shared, and only read
		t.Repeat, t.Position = repeat+1, repeat+1
		t.MeasureNs = int64(time.Duration(windows) * time.Second)
		t.Windows = make([]result.Window, windows)
		for i := range t.Windows {
			t.Windows[i] = seed.Windows[i%len(seed.Windows)]
			t.Windows[i].Index = i
		}
		if err := folder.SaveTrial(&t); err != nil {
			return "", err
		}
	}
	return folder.Path(), folder.Finish(result.StatusComplete, time.Now())
}

func bytesIn(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}
