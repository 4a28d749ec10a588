package admin

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// CheckBrokers says what is wrong with the first address that is not HOST:PORT. A list in one string is refused here
// because a client would take it for one host's name and wait for it for ever.
func CheckBrokers(brokers []string) error {
	if len(brokers) == 0 {
		return errors.New("no broker address is given: name at least one HOST:PORT")
	}
	for _, b := range brokers {
		if err := checkBroker(b); err != nil {
			return err
		}
	}
	return nil
}

func checkBroker(b string) error {
	bad := func(what string) error {
		return fmt.Errorf("%q is not a broker address: %s (example: 127.0.0.1:9092)", b, what)
	}
	if strings.Contains(b, ",") {
		return bad("it is a list; give each address by itself")
	}
	if strings.Contains(b, "://") {
		return bad("it is a URL; leave the part up to :// out")
	}
	if strings.ContainsAny(b, " \t\r\n/@") {
		return bad("it holds a character that no host and port has")
	}
	host, port, err := net.SplitHostPort(b)
	switch {
	case err != nil && strings.Contains(err.Error(), "missing port"):
		return bad("the port is missing")
	case err != nil:
		return bad("it is not HOST:PORT")
	case host == "":
		return bad("the host is missing")
	}
	if !isPort(port) {
		return bad("the port is not a number from 1 to 65535")
	}
	return nil
}

// isPort wants plain digits: strconv would take a sign as well.
func isPort(s string) bool {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n >= 1 && n <= 65535
}
