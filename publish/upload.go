package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// transfer is one blob on its way to a repository
// (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs). The library's own uploader
// begins anew after each fault; this one asks the registry what has arrived, and sends the rest.
type transfer struct {
	c    *client
	repo name.Repository
	from *name.Repository // of the same registry, that may hold the blob already; nil for none
	d    v1.Descriptor
	open func() (io.ReadCloser, error)
	sent func(at int64) // is told how much has left this machine, by several goroutines; may be nil

	location string // of the upload that an attempt began; "" for none
	at       int64  // bytes of the blob that are there
}

// upload sends bytes as a blob.
func (c *client) upload(repo name.Repository, data []byte) error {
	h, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return c.move(&transfer{repo: repo, d: v1.Descriptor{Digest: h, Size: size}, open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}})
}

// move sends a blob where it is missing, or has it mounted from another repository.
func (c *client) move(t *transfer) error {
	t.c = c
	err := c.again(t.repo.RegistryStr(), t.attempt)
	if err != nil {
		t.abandon()
	}
	return err
}

func (t *transfer) attempt() error {
	c, err := t.c.session(t.repo, t.from)
	if t.from != nil && refused(err) { // who may push here need not read there
		t.from = nil
		c, err = t.c.session(t.repo, nil)
	}
	if err != nil {
		return err
	}
	if t.location == "" || !t.goOn(c) {
		if there, err := t.begin(c); err != nil || there {
			return err
		}
	}
	if t.at < t.d.Size {
		if err := t.send(c); err != nil {
			return err
		}
	}
	return t.commit(c)
}

// begin opens an upload, unless the blob is there, or can be mounted.
func (t *transfer) begin(c *http.Client) (there bool, err error) {
	digest := t.d.Digest.String()
	resp, err := t.do(c, http.MethodHead, t.url("blobs/"+digest), http.StatusOK, http.StatusNotFound)
	if err != nil {
		return false, err
	}
	if resp.StatusCode == http.StatusOK {
		t.moved(t.d.Size)
		return true, nil
	}
	at := t.url("blobs/uploads/")
	if t.from != nil {
		at.RawQuery = url.Values{"mount": {digest}, "from": {t.from.RepositoryStr()}}.Encode()
	}
	resp, err = t.do(c, http.MethodPost, at, http.StatusCreated, http.StatusAccepted)
	if s := status(err); t.from != nil && s >= 400 && s < 500 && !passing(err) {
		t.from, at.RawQuery = nil, ""
		resp, err = t.do(c, http.MethodPost, at, http.StatusAccepted)
	}
	if err != nil {
		return false, err
	}
	if resp.StatusCode == http.StatusCreated {
		t.moved(t.d.Size)
		return true, nil
	}
	t.moved(0)
	return false, t.follow(resp)
}

// goOn asks how much of an upload has arrived, and reports whether it can be continued.
func (t *transfer) goOn(c *http.Client) bool {
	at, err := url.Parse(t.location)
	if err != nil {
		return false
	}
	resp, err := t.do(c, http.MethodGet, *at, http.StatusNoContent)
	var last int64
	if err != nil || t.follow(resp) != nil {
		return false
	}
	if _, err := fmt.Sscanf(resp.Header.Get("Range"), "0-%d", &last); err != nil || last <= 0 || last >= t.d.Size {
		return false // 0-0 is said of nothing, too
	}
	t.moved(last + 1)
	return true
}

// send sends what is missing.
func (t *transfer) send(c *http.Client) error {
	start := t.at
	body := func() (io.ReadCloser, error) {
		r, err := t.open()
		if err == nil && start > 0 {
			_, err = io.CopyN(io.Discard, r, start)
		}
		return &counted{r, start, t.sent}, err
	}
	r, err := body()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(t.context(), http.MethodPatch, t.location, r)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	req.GetBody, req.ContentLength = body, t.d.Size-start
	req.Header.Set("Content-Type", "application/octet-stream")
	if start > 0 {
		req.Header.Set("Content-Range", fmt.Sprintf("%d-%d", start, t.d.Size-1))
	}
	resp, err := answer(c, req, http.StatusAccepted, http.StatusNoContent, http.StatusCreated)
	if err != nil {
		return err
	}
	t.moved(t.d.Size)
	return t.follow(resp)
}

// commit ends an upload. Where that fails, the next attempt begins anew: a registry forgets what it refused.
func (t *transfer) commit(c *http.Client) error {
	at, err := url.Parse(t.location)
	if err != nil {
		return err
	}
	t.location = ""
	query := at.Query()
	query.Set("digest", t.d.Digest.String())
	at.RawQuery = query.Encode()
	_, err = t.do(c, http.MethodPut, *at, http.StatusCreated)
	return err
}

// abandon tells the registry to forget an upload. It is a courtesy: registries forget them by themselves, later.
func (t *transfer) abandon() {
	at, err := url.Parse(t.location)
	if err != nil || t.location == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.context()), 2*time.Second)
	defer cancel()
	c, err := t.c.session(t.repo, t.from)
	if err != nil {
		return
	}
	if req, err := http.NewRequestWithContext(ctx, http.MethodDelete, at.String(), nil); err == nil {
		_, _ = answer(c, req, http.StatusNoContent)
	}
}

func (t *transfer) moved(at int64) {
	t.at = at
	if t.sent != nil {
		t.sent(at)
	}
}

func (t *transfer) url(path string) url.URL {
	return url.URL{Scheme: t.repo.Scheme(), Host: t.repo.RegistryStr(), Path: "/v2/" + t.repo.RepositoryStr() + "/" + path}
}

// context names the registry to what checks redirects, since it gives the address of an upload.
func (t *transfer) context() context.Context {
	return context.WithValue(t.c.ctx, ledBy{}, &url.URL{Scheme: t.repo.Scheme(), Host: t.repo.RegistryStr()})
}

func (t *transfer) do(c *http.Client, method string, at url.URL, fine ...int) (*http.Response, error) {
	req, err := http.NewRequestWithContext(t.context(), method, at.String(), nil)
	if err != nil {
		return nil, err
	}
	return answer(c, req, fine...)
}

// answer sends a request and returns the answer without its body, or the error that the registry tells.
func answer(c *http.Client, req *http.Request, fine ...int) (*http.Response, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return resp, transport.CheckError(resp, fine...)
}

// follow takes the place of an upload from an answer. Registries send clients to storage elsewhere.
func (t *transfer) follow(resp *http.Response) error {
	at, err := resp.Location()
	if err != nil {
		return fmt.Errorf("the registry does not say where to upload to: %w", err)
	}
	t.location = at.String()
	return nil
}

// counted tells how much of a body was read.
type counted struct {
	io.ReadCloser
	at   int64
	tell func(at int64)
}

// Read implements io.Reader.
func (r *counted) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.at += int64(n)
	if r.tell != nil {
		r.tell(r.at)
	}
	return n, err
}
