//go:build !(cgo && (linux || darwin) && (amd64 || arm64))

package confluent

import "kbench/internal/driver"

// New returns the driver, and whether this build has it: this one was made without cgo, or for a system for which
// confluent-kafka-go brings no librdkafka.
func New() (driver.Driver, bool) { return nil, false }
