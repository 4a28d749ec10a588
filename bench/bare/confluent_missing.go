//go:build !(cgo && (linux || darwin) && (amd64 || arm64))

package bare

import "errors"

var errNoConfluent = errors.New("this program was built without cgo, which the client confluent needs")

func produceConfluent(*Job, *tally) error { return errNoConfluent }
func consumeConfluent(*Job, *tally) error { return errNoConfluent }
