// Package docker holds the compose file, so that kbench starts Kafka in containers without its repository.
package docker

import _ "embed"

//go:embed compose.yaml
var compose string

// Compose returns the compose file: Kafka with one node and with three, a web page to look at either, and Prometheus with
// Grafana to look at kbench. The last two mount files that lie beside it in the repository.
func Compose() string { return compose }

// Profiles returns the parts of the compose file that can be started by name.
func Profiles() []string { return append(OfKafka(), "observe") }

// OfKafka returns the profiles that share Kafka's network, and so must end with it.
func OfKafka() []string { return []string{"kafka", "kafka-3", "ui"} }
