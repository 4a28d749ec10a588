package result

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// WriteAtomic writes a file from what write writes, whole or not at all: under another name in the same folder, to the
// disk, then renamed. When anything fails, an older file of that name is left as it was and nothing else is left.
func WriteAtomic(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".kbench-*.tmp")
	if err != nil {
		return fileError("write", path, err)
	}
	if err = writeOut(tmp, write); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it fails only where the write did, for the same reason
		return fileError("write", path, err)
	}
	if err = syncDir(dir); err != nil {
		return fileError("write", path, err)
	}
	return nil
}

// writeOut writes f through a buffer, brings it to the disk and closes it.
func writeOut(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriter(f)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// syncDir makes a rename in dir last through a power cut, where the system can do that for a folder.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // it was only read
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// fileError names what was to be done, where, the cause without the names of temporary files, and what helps.
func fileError(what, path string, err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	help := ""
	switch {
	case what == "read":
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		help = "; free some space, or choose another folder with --out"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		help = "; choose a folder that can be written, with --out"
	}
	return fmt.Errorf("result: %s %s: %w%s", what, path, err, help)
}
