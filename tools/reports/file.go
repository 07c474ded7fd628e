package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// CheckFile fails if WriteFile would, without changing the file: the name must have the ending of a
// report, and its folder must accept a new file. Call it before minutes of work depend on the file.
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
		return nil // Opening a pipe or a device uses it.
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

// WriteFile writes the document to a file, in the form of its ending: .md is Markdown, .json is JSON,
// .xml is JUnit. It replaces the file as a whole. If it fails, the old file is unchanged.
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

// resolved returns the file that links lead to.
func resolved(name string) string {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		return target
	}
	return name
}

// beside creates a file in the folder of another one.
func beside(name string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
}

// replace writes a new file beside the old one and renames it. It writes directly to a pipe or a
// device.
func replace(name string, data []byte) error {
	name = resolved(name)
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o644)
	}
	file, err := beside(name)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // It no longer exists after the rename.
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
