// Package connect reads what the user says of connections and clients: the .properties file of a Kafka client, and single
// properties NAME=VALUE. It sorts them into how to connect, what the clients are told, and what is not for kbench.
package connect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
	"kbench/internal/properties"
)

// Settings are what was read. The zero value says nothing.
type Settings struct {
	Brokers  []string // bootstrap.servers of the file; nil where it has none
	Security security.Config

	// Producer and Consumer are the clients' own properties, of words alone. One that may be for either is in both.
	Producer, Consumer map[string]string

	Notes   []string // lines of the file that change nothing here, and why
	Exposed []string // names of words whose value is a secret that stands there itself
}

// Source is where settings are read from.
type Source struct {
	File   string                      // path; "" for none
	Words  []string                    // NAME=VALUE, or NAME=env:VARIABLE; they win over the file
	Lookup func(string) (string, bool) // reads the environment
}

// Read reads settings, and the files that they name. The error holds all that is wrong, a line each, and shows no value.
func Read(from Source) (Settings, error) {
	r := reader{given: map[string]string{}, where: map[string]string{}}
	r.out.Producer, r.out.Consumer = map[string]string{}, map[string]string{}
	r.file(from.File)
	r.words(from.Words, from.Lookup)
	if len(r.errs) == 0 {
		var err error
		if r.out.Security, _, err = security.Take(r.given); err != nil {
			r.place(err)
		}
	}
	if len(r.errs) > 0 {
		return Settings{}, errors.Join(r.errs...)
	}
	return r.out, nil
}

// Unused returns the words that no client of a scenario takes, which has producers or consumers or both.
func (s Settings) Unused(producers, consumers bool) (names []string) {
	for name := range s.Producer {
		if _, both := s.Consumer[name]; !producers && !(both && consumers) {
			names = append(names, name)
		}
	}
	for name := range s.Consumer {
		if _, both := s.Producer[name]; !consumers && !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A reader gathers settings and what is wrong with them.
type reader struct {
	out   Settings
	given map[string]string // about security
	where map[string]string // a name of these was given: FILE:LINE or -X
	errs  []error
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// mostFile bounds the file, in bytes. Certificates may stand in it.
const mostFile = 1 << 20

// file reads the .properties file.
func (r *reader) file(path string) {
	if path == "" {
		return
	}
	text, err := readFile(path)
	if err != nil {
		r.fail("--client-config %s: %w", path, err)
		return
	}
	found, err := properties.Parse(text)
	if bad, ok := errors.AsType[*properties.Error](err); ok {
		r.fail("%s:%d: %s", path, bad.Line, bad.Msg)
		return
	}
	first := map[string]int{} // line on which a name stands
	torn := false             // the last line was none, and perhaps part of a value that this one is part of, too
	for _, p := range found {
		at := fmt.Sprintf("%s:%d", path, p.Line)
		before := torn
		if torn = !shows(p.Name); torn {
			if !before {
				r.fail("%s: this is no NAME=VALUE of a property; a value of several lines needs \\ at their ends", at)
			}
			continue
		}
		if line, twice := first[p.Name]; twice {
			r.fail("%s: %s: line %d has it too: keep one of them", at, p.Name, line)
			continue
		}
		first[p.Name] = p.Line
		r.line(at, p.Name, strings.TrimFunc(p.Value, func(c rune) bool { return c <= ' ' })) // as Kafka's client does
	}
}

// shows reports whether the name on a line of the file may be shown: any other text without a dot might be the end of a key.
func shows(name string) bool {
	key, _ := decidedBy(name)
	return key != "" || properties.IsName(name) && strings.Contains(name, ".")
}

// line sorts one line of the file.
func (r *reader) line(at, name, value string) {
	key, _ := decidedBy(name)
	switch why := withoutEffect(name); {
	case security.Is(name):
		r.given[name], r.where[name] = value, at
	case name == "bootstrap.servers":
		for broker := range strings.SplitSeq(value, ",") {
			if broker = strings.TrimSpace(broker); broker != "" {
				r.out.Brokers = append(r.out.Brokers, broker)
			}
		}
	case key != "":
		r.fail("%s: %s: the scenario decides that: take the line out, and use %s there or with --set", at, name, key)
	case why != "":
		r.out.Notes = append(r.out.Notes, fmt.Sprintf("%s: %s is left aside: %s", at, name, why))
	default:
		r.fail("%s: %s: kbench does not know what that is for: take the line out, or pass it to the clients as it is, with -X", at, name)
	}
}

// words sorts the single properties.
func (r *reader) words(words []string, lookup func(string) (string, bool)) {
	seen := map[string]bool{}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if name = strings.TrimSpace(name); !ok || !properties.IsName(name) {
			r.fail("-X takes NAME=VALUE (example: -X security.protocol=SSL)") // without what it is: a secret may stand in it
			continue
		}
		if seen[name] {
			r.fail("-X %s: it is given twice", name)
			continue
		}
		seen[name] = true
		variable, refers := strings.CutPrefix(value, "env:")
		if refers {
			if value, ok = lookup(variable); !ok {
				r.fail("-X %s: there is no variable %s in the environment", name, variable)
				continue
			}
		} else if exposes(name) && value != "" {
			r.out.Exposed = append(r.out.Exposed, name)
		}
		r.word(name, value)
	}
}

// exposes reports whether a property's value is a secret, and not only masked in case it might be one.
func exposes(name string) bool {
	public := []string{".url", ".method", ".scope", ".client.id", ".extensions", "ssl.ca.pem", "ssl.certificate.pem"}
	return driver.Secret(name) && !slices.ContainsFunc(public, func(end string) bool { return strings.HasSuffix(name, end) })
}

// word sorts one of them.
func (r *reader) word(name, value string) {
	if security.Is(name) {
		r.given[name], r.where[name] = value, "-X"
		return
	}
	_, side := decidedBy(name)
	switch {
	case name == "bootstrap.servers" || name == "metadata.broker.list":
		r.fail("-X %s: use --brokers", name)
	case side == producers:
		r.out.Producer[name] = value
	case side == consumers:
		r.out.Consumer[name] = value
	default:
		r.out.Producer[name], r.out.Consumer[name] = value, value
	}
}

// place says of each error of security.Take where the property was given that it names first.
func (r *reader) place(err error) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, e := range list {
		name, _, _ := strings.Cut(e.Error(), " ")
		at := r.where[strings.TrimRight(name, ":,")]
		switch at {
		case "":
			r.errs = append(r.errs, e)
		case "-X":
			r.fail("-X %w", e)
		default:
			r.fail("%s: %w", at, e)
		}
	}
}

// readFile reads a file up to the bound. Its error has no path: who asks knows it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err == nil && len(text) > mostFile {
		err = fmt.Errorf("it is larger than %d bytes", mostFile)
	}
	return text, withoutPath(err)
}

func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
