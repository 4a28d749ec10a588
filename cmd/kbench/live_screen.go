package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// A screen is what a command says beside its results. On a terminal a frame of some lines can stand below the newest line; it
// stays there whatever is written meanwhile. The cursor is never hidden, and rests below the frame: whatever ends kbench leaves a
// terminal as it should be. Safe for concurrent use.
type screen struct {
	w     io.Writer
	size  func() (columns, rows int) // nil where w is no terminal; 0 is not known
	pen   pen
	plain bool // nothing is bold
	json  bool // each line is a JSON object

	mu     sync.Mutex
	frame  frame  // that is wanted; nil for none
	widths []int  // in columns, of each line of it that stands
	within bool   // the newest line has no end yet
	begun  string // that line, where lines are JSON
}

// A frame is lines for a window that is so wide. The first one is the title. It is called by whoever writes.
type frame func(columns int) []string

// newScreen returns one that writes to w, and draws on it where it is a terminal.
func newScreen(w io.Writer) *screen {
	s := &screen{w: w, pen: newPen(unicodeTerminal(os.Getenv)), plain: os.Getenv("NO_COLOR") != ""}
	s.size = sizeOf(w)
	return s
}

// sizeOf returns what tells the size of a terminal, 0 where that is not known; nil where w is none.
func sizeOf(w io.Writer) func() (columns, rows int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func() (int, int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
}

// columnsOf returns how wide a terminal is by now; 0 where that is not known, or w is none.
func columnsOf(w io.Writer) int {
	size := sizeOf(w)
	if size == nil {
		return 0
	}
	columns, _ := size()
	return columns
}

// terminal says whether there is somewhere to draw.
func (s *screen) terminal() bool { return s.size != nil }

// Write implements io.Writer. The frame moves down. What would steer a terminal is left out, whether this is one or not: what goes
// wrong is told in the words of brokers and libraries.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) == 0 {
		return 0, nil
	}
	if s.json {
		return len(text), s.notes(string(text))
	}
	var b bytes.Buffer
	s.erase(&b)
	b.WriteString(strings.Join(mapped(strings.Split(string(text), "\n"), inert), "\n"))
	s.within = text[len(text)-1] != '\n'
	if !s.within { // else what follows belongs to this line
		s.add(&b)
	}
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// draw puts a frame in place of the one that stands. nil takes it away.
func (s *screen) draw(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == nil {
		return
	}
	s.frame = f
	var b bytes.Buffer
	if s.within && f != nil {
		b.WriteString("\n")
		s.within = false
	}
	s.erase(&b)
	s.add(&b)
	if b.Len() > 0 {
		_, _ = s.w.Write(b.Bytes()) // there is nobody to tell when that fails
	}
}

// widest is the most columns that a frame takes, so that making a wide window narrower seldom breaks its lines.
const widest = 79

// add writes the frame in one piece, cut to the terminal as it is now. Wrapping is off meanwhile.
func (s *screen) add(b *bytes.Buffer) {
	if s.frame == nil {
		return
	}
	columns, rows := s.size()
	if columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	columns = min(columns-1, widest)
	lines := s.frame(columns)
	b.WriteString("\x1b[?7l")
	for i, line := range lines[:min(len(lines), max(1, rows-1))] {
		line = cut(line, columns, s.pen.mark)
		s.widths = append(s.widths, widthOf(line))
		if i == 0 && !s.plain {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		b.WriteString(line + "\x1b[K\r\n")
	}
	b.WriteString("\x1b[?7h")
}

// erase takes away the rows of the frame that stands. In a window that was made narrower since, most terminals have broken its
// lines, each into as many as it needs now.
// Note: clearing all below would do too, but tmux keeps a screen that is cleared from its first row on: a frame each second.
func (s *screen) erase(b *bytes.Buffer) {
	if len(s.widths) == 0 {
		return
	}
	columns, _ := s.size()
	up := 0
	for _, w := range s.widths {
		up++
		if columns > 0 && w > columns {
			up += (w - 1) / columns
		}
	}
	fmt.Fprintf(b, "\x1b[%dA\r\x1b[%dM", up, up)
	s.widths = s.widths[:0]
}
