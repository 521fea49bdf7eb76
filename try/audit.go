package try

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// request is what a service account asked of the API server.
type request struct {
	verb, group, resource, namespace, name string // resource with its subresource
	path                                   string // of what is no resource
	code                                   int
	forbidden                              bool // by its permissions, and not by a webhook or another judge
	at                                     time.Time
}

// writes reports whether the request changed something that others see: leases and events come and go without end.
func (q request) writes() bool {
	switch q.resource {
	case "leases", "events", "tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews":
		return false
	}
	switch q.verb {
	case "create", "update", "patch", "delete", "deletecollection":
		return q.code < 300
	}
	return false
}

// what is the request without the object that it is about.
func (q request) what() right { return right{q.verb, q.group, q.resource, q.path} }

// audit follows the audit log.
type audit struct {
	file *os.File
	rest []byte
	user string
	all  []request
}

func newAudit(file, user string) (*audit, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	return &audit{file: f, user: user}, nil
}

func (a *audit) close() { _ = a.file.Close() }

// read reads what was logged since it was called last.
func (a *audit) read() error {
	data, err := io.ReadAll(a.file)
	if err != nil {
		return err
	}
	data = append(a.rest, data...)
	end := bytes.LastIndexByte(data, '\n') + 1
	a.rest = bytes.Clone(data[end:])
	lines := bufio.NewScanner(bytes.NewReader(data[:end]))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		a.line(lines.Bytes())
	}
	return lines.Err()
}

func (a *audit) line(data []byte) {
	var e struct {
		Verb, RequestURI, Stage string
		User                    struct{ Username string }
		ObjectRef               *struct{ APIGroup, Resource, Subresource, Namespace, Name string }
		Status                  struct{ Code int } `json:"responseStatus"`
		Annotations             map[string]string
		StageTimestamp          time.Time
	}
	if json.Unmarshal(data, &e) != nil || e.User.Username != a.user {
		return
	}
	if e.Stage == "ResponseStarted" && e.Status.Code == http.StatusOK {
		e.Verb = "watch" // which is logged again when it ends
	}
	q := request{verb: e.Verb, code: e.Status.Code, at: e.StageTimestamp, forbidden: e.Annotations["authorization.k8s.io/decision"] == "forbid"}
	if e.ObjectRef == nil {
		q.path, _, _ = strings.Cut(e.RequestURI, "?")
	} else {
		q.group, q.resource, q.namespace, q.name = e.ObjectRef.APIGroup, e.ObjectRef.Resource, e.ObjectRef.Namespace, e.ObjectRef.Name
		if e.ObjectRef.Subresource != "" {
			q.resource += "/" + e.ObjectRef.Subresource
		}
	}
	a.all = append(a.all, q)
}

// lastWrite is when the account changed something last, and how much it asked.
func (a *audit) lastWrite() (at time.Time, requests int) {
	for _, q := range a.all {
		if q.writes() && q.at.After(at) {
			at = q.at
		}
	}
	return at, len(a.all)
}
