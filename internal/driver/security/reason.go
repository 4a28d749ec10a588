package security

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
)

// Reason says in a few words what it is about a certificate, or about encryption, that kept two sides from connecting, and what
// to do; "" where err is about something else. It knows the errors of Go's own library.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is from an authority that is not believed here: name that by ssl.truststore.location or ssl.ca.location"
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name than " + name.Host + ": use a name that it is for, or ssl.endpoint.identification.algorithm=none"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "its certificate has expired, or is not valid yet: renew it there, or look at this machine's clock"
		}
		return "its certificate is not valid: " + invalid.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "it does not speak TLS on this port: use another port, or another security.protocol"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" { // an alert that the other side sent
		return "it does not accept this client's certificate, or wants one (" + op.Err.Error() + "): name one that it accepts by ssl.keystore.location"
	}
	return ""
}
