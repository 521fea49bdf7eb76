package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

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
	code, hint := diag.RegistryFails, "run it again later: tags are set only after all content is uploaded, and existing content is not uploaded again"
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	var busy busyError
	switch s := status(err); {
	case errors.As(err, new(credentialsError)):
		code, hint = diag.RegistryRefused, "log in again with docker login "+at.host+", or name another configuration with DOCKER_CONFIG"
	case s == http.StatusUnauthorized:
		code, hint = diag.RegistryRefused, "log in with docker login "+at.host
	case s == http.StatusForbidden:
		code, hint = diag.RegistryRefused, "ask for the right to push, or log in as somebody who has it"
	case s == http.StatusMethodNotAllowed:
		code, hint = diag.RegistryRefused, "the registry takes no pushes: it can be read only, or is a mirror"
	case s == http.StatusNotFound:
		code, hint = diag.RegistryRefused, "look at the name: either this is no registry, or it wants the repository to be made before the first push"
	case errors.As(err, &certificate):
		hint = "name the authority that signs the registry's certificate with --ca-file"
	case s >= 400 && s < 500 && !passing(err):
		code, hint = diag.RegistryRefused, "the registry has rules of its own; its answer says which one this breaks"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		hint = "look at the name of the registry"
	case lasting(err):
		hint = "look at the name of the registry, or ask who runs it: opc does not go on with such an answer"
	case errors.As(err, &busy), s != 0:
	default:
		hint = "look at the name of the registry and at the network, and run it again: tags are set only after all content is uploaded"
	}
	if certificate != nil {
		err = fmt.Errorf("%s can't be trusted: %w", at.host, certificate.Err)
	}
	return diag.List{diag.Errorf(code, "", "%s", oneLine(err)).WithHint("%s", hint)}, nil
}

// oneLine is an error without the page that a server sent which is no registry.
func oneLine(err error) string {
	const page = "unexpected status code "
	text := err.Error()
	if i := strings.Index(text, page); i >= 0 {
		rest, _, _ := strings.Cut(text[i:], ":")
		rest, _, _ = strings.Cut(rest, " (HEAD") // where the library says that there is no page
		text = text[:i] + rest
	}
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSpace(text)
}

// credentialsError says that there are credentials, and that they can't be read.
type credentialsError struct{ error }

func (e credentialsError) Unwrap() error { return e.error }

// keychain is Docker's and Podman's, whose errors can be told from those of a registry.
type keychain struct{}

// Resolve implements authn.Keychain.
func (k keychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext implements authn.ContextKeychain.
func (keychain) ResolveContext(ctx context.Context, r authn.Resource) (authn.Authenticator, error) {
	auth, err := authn.Resolve(ctx, authn.DefaultKeychain, r)
	if err != nil && ctx.Err() == nil {
		return nil, credentialsError{err}
	}
	return auth, err
}
