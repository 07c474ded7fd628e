package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// CheckFile fails where WriteFile would, without a change to the file: unless the
// file's ending is that of a report, and unless a file can be made in its folder. It
// is for who has minutes of work to lose.
func CheckFile(name string) error {
	if _, err := writerOf(name); err != nil {
		return err
	}
	target := resolved(name)
	info, err := os.Stat(target)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("reports: %s is a folder; name a file in it", name)
	case err == nil && !info.Mode().IsRegular():
		return nil // To open a pipe or a device is to use it.
	}
	file, err := beside(target)
	if err != nil {
		return fmt.Errorf("reports: %s cannot be written; name a file in a folder that is there and can be written: %w", name, err)
	}
	if err := errors.Join(file.Close(), os.Remove(file.Name())); err != nil {
		return fmt.Errorf("reports: clean up after trying to write %s: %w", name, err)
	}
	return nil
}

// WriteFile writes the document to a file, in the form that its ending says: .md is
// Markdown, .json is JSON, .xml is JUnit. The file is replaced as a whole, so that
// where it fails the old one is still there.
func (d *Document) WriteFile(name string) error {
	write, err := writerOf(name)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(d, &b); err != nil {
		return fmt.Errorf("reports: make %s: %w", name, err)
	}
	if err := replace(name, b.Bytes()); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	return nil
}

func writerOf(name string) (func(*Document, io.Writer) error, error) {
	switch filepath.Ext(name) {
	case ".md":
		return (*Document).Markdown, nil
	case ".json":
		return (*Document).JSON, nil
	case ".xml":
		return (*Document).JUnit, nil
	}
	return nil, fmt.Errorf("reports: the file %s has none of the endings .md (Markdown), .json (JSON) and .xml (JUnit), "+
		"so what to write is not known", name)
}

// resolved is the file to which links lead.
func resolved(name string) string {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		return target
	}
	return name
}

// beside makes a file in the folder of another one.
func beside(name string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
}

// replace writes beside the file and renames, unless it is no regular file: a pipe
// or a device takes what comes.
func replace(name string, data []byte) error {
	name = resolved(name)
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o644)
	}
	file, err := beside(name)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // It is gone when it has been renamed.
	_, err = file.Write(data)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(file.Name(), name)
}
