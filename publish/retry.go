package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// The waits between attempts: from first to longest, doubled each time, each shortened at random so that many clients
// do not come back at once.
const (
	attempts    = 6
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
)

// again runs an operation until it works, until its error is one that will stay, or until it has failed too often.
func again(ctx context.Context, unit time.Duration, do func() error) error {
	wait := unit
	for i := 1; ; i++ {
		err := do()
		if err == nil || i == attempts || ctx.Err() != nil || !passing(err) {
			return err
		}
		timer := time.NewTimer(wait/2 + rand.N(wait/2+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		wait = min(2*wait, longestWait)
	}
}

// passing reports whether an error may be gone at the next attempt. What is no answer of the registry is a fault of
// the network. An answer that the content is wrong is one too: it was checked before it was sent.
func passing(err error) bool {
	var lookup *net.DNSError
	if lasting(err) || errors.Is(err, context.Canceled) || errors.As(err, new(busyError)) || errors.As(err, new(credentialsError)) || errors.As(err, new(*fs.PathError)) ||
		errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, &lookup) && lookup.IsNotFound {
		return false
	}
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return true
	}
	damaged := []transport.ErrorCode{
		transport.DigestInvalidErrorCode, transport.BlobUploadInvalidErrorCode, transport.BlobUploadUnknownErrorCode, transport.SizeInvalidErrorCode,
		transport.ManifestInvalidErrorCode,
	}
	for _, d := range answer.Errors {
		if slices.Contains(damaged, d.Code) {
			return true
		}
	}
	return answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout
}

// status is the registry's answer, or 0.
func status(err error) int {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}

// lasting reports whether a client refused what a registry answered, as it will at the next attempt, too.
func lasting(err error) bool {
	if errors.As(err, new(redirectError)) || errors.As(err, new(tooLargeError)) || errors.As(err, new(tooManyError)) ||
		status(err) == 0 && (errors.As(err, new(tls.RecordHeaderError)) || errors.Is(err, http.ErrSchemeMismatch)) {
		return true
	}
	if err == nil {
		return false
	}
	for _, words := range libraryRefuses {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// libraryRefuses are words of the library's refusals, which have no type.
var libraryRefuses = []string{"SSRF protection: ", "invalid realm in www-authenticate", "refusing token-server redirect"}
