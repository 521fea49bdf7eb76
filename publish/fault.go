package publish

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/opc-project/opc/schema/diag"
)

// remoteError is a fault of a registry, or on the way to it, after all attempts.
type remoteError struct {
	host string
	err  error
}

func (e remoteError) Error() string { return e.err.Error() }
func (e remoteError) Unwrap() error { return e.err }

// finding says what a user can do about a fault of a registry. Other errors are returned as they are.
func finding(err error) (diag.List, error) {
	var at remoteError
	if !errors.As(err, &at) {
		return nil, err
	}
	code, hint := diag.RegistryFails, "run it again later: no tag stands at half of something, and what was sent is not sent again"
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	var busy busyError
	switch s := status(err); {
	case s == http.StatusUnauthorized:
		code, hint = diag.RegistryRefused, "log in with docker login "+at.host
	case s == http.StatusForbidden:
		code, hint = diag.RegistryRefused, "ask for the right to push, or log in as somebody who has it"
	case s == http.StatusMethodNotAllowed:
		code, hint = diag.RegistryRefused, "the registry takes no pushes: it can be read only, or is a mirror"
	case errors.As(err, &certificate):
		hint = "name the authority that signs the registry's certificate with --ca-file"
	case s >= 400 && s < 500 && !passing(err):
		code, hint = diag.RegistryRefused, "the registry has rules of its own; its answer says which one this breaks"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		hint = "look at the name of the registry"
	case errors.As(err, &busy), s != 0:
	default:
		hint = "look at the name of the registry and at the network, and run it again: no tag stands at half of something"
	}
	if certificate != nil {
		err = fmt.Errorf("%s can't be trusted: %w", at.host, certificate.Err)
	}
	return diag.List{diag.Errorf(code, "", "%v", err).WithHint("%s", hint)}, nil
}
