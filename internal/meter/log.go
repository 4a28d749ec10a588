package meter

import (
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// WriteLog writes every window as an HdrHistogram log (version 1.3), which the library's tools in any language read:
// one line for each second and span, tagged with the span, values in nanoseconds. start is the instant 0 of the trial.
// Warm-up is there too; a comment says where the measured part begins.
func (m *Meter) WriteLog(w io.Writer, start time.Time) error {
	log := hdrhistogram.NewHistogramLogWriter(w)
	base := start.UnixMilli()
	log.SetBaseTime(base)
	steps := []func() error{
		func() error {
			return log.OutputComment(fmt.Sprintf("[kbench: latencies in ns by due time; the measured part begins at %.3f s]", m.from().Seconds()))
		},
		log.OutputLogFormatVersion,
		func() error { return log.OutputBaseTime(base) },
		func() error { return log.OutputStartTime(base) },
		log.OutputLegend,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for _, win := range m.Windows() {
		from := base + (m.from() + time.Duration(win.Index)*Width).Milliseconds()
		for span := range Spans {
			h := hdrhistogram.NewPacked(1, int64(Longest), digits)
			err := win.spans[span].each(win.spool, func(part *hdrhistogram.PackedHistogram) { h.Merge(part) })
			if err != nil {
				return err
			}
			if h.TotalCount() == 0 {
				continue
			}
			h.SetTag(span.String())
			h.SetStartTimeMs(from)
			h.SetEndTimeMs(from + Width.Milliseconds())
			if err := log.OutputIntervalPackedHistogram(h); err != nil {
				return err
			}
		}
	}
	return nil
}
