package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// filesBeside returns what reads the files that a scenario names. Their paths go from the scenario's folder, or from the working
// one where the scenario is built in or comes from standard input.
func filesBeside(scenario string) func(path string, most int) ([]byte, error) {
	return func(path string, most int) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(scenario), path)
		}
		text, err := readFile(path, most)
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			err = p.Err
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		return text, nil
	}
}

// readFile reads a regular file, since another kind may never end, and no more than it may have.
func readFile(path string, most int) ([]byte, error) {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !about.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("it has more than %d bytes, which is all that it may have", most)
	}
	return text, err
}
