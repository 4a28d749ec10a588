package lab

import (
	"fmt"
	"io"
	"os"
	"strings"

	"kbench/internal/result"
)

// WriteSection puts text between the page's markers <!-- NAME --> and <!-- /NAME -->, which stay.
func WriteSection(page, name, text string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	out, err := section(string(b), name, text)
	if err != nil {
		return fmt.Errorf("write into %s: %w", page, err)
	}
	return result.WriteAtomic(page, func(w io.Writer) error {
		_, err := io.WriteString(w, out)
		return err
	})
}

func section(page, name, text string) (string, error) {
	from, to := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	head, rest, began := strings.Cut(page, from)
	_, tail, ended := strings.Cut(rest, to)
	if !began || !ended {
		return "", fmt.Errorf("it lacks the markers %s and %s, each once and in this order", strings.TrimSpace(from), to)
	}
	return head + from + "\n" + strings.TrimSpace(text) + "\n\n" + to + tail, nil
}
