//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import "kbench/internal/driver"

// New returns the driver, and whether this build has it.
func New() (driver.Driver, bool) { return library{}, true }
