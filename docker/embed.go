// Package docker holds the compose file, so that kbench starts Kafka in containers without its repository.
package docker

import _ "embed"

//go:embed compose.yaml
var compose string

// Compose returns the compose file: Kafka with one node and with three, and a web page to look at either.
func Compose() string { return compose }

// Profiles returns the parts of the compose file that can be started by name.
func Profiles() []string { return []string{"kafka", "kafka-3", "ui"} }
