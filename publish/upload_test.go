package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
)

// careful is a registry that does for blobs what the one in the library doesn't: it keeps them by repository, mounts
// them, and tells how much of an upload it has.
type careful struct {
	http.Handler
	mu       sync.Mutex
	cut      int64             // a body longer than this is cut there, once
	uploads  map[string][]byte // by path
	have     map[string]bool   // repository@digest
	mounted  []string          // to, from
	received int64             // bytes of blobs
	asked    int               // how often an upload's state was
	dropped  int               // uploads that were given up
}

func newCareful(t *testing.T) (*careful, string) {
	t.Helper()
	c := &careful{Handler: registry.New(registry.Logger(log.New(io.Discard, "", 0))), uploads: map[string][]byte{}, have: map[string]bool{}}
	s := httptest.NewServer(c)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c, u.Host
}

// ServeHTTP implements http.Handler.
func (c *careful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	repo, rest, blobs := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/blobs/")
	switch {
	case blobs && r.Method == http.MethodHead && !c.have[repo+"@"+rest]:
		w.WriteHeader(http.StatusNotFound)
	case blobs && r.Method == http.MethodPost:
		from, digest := r.URL.Query().Get("from"), r.URL.Query().Get("mount")
		if c.have[from+"@"+digest] {
			c.have[repo+"@"+digest] = true
			c.mounted = append(c.mounted, repo+" "+from)
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.Header().Set("Location", path.Join(r.URL.Path, strconv.Itoa(len(c.uploads))))
		c.uploads[path.Join(r.URL.Path, strconv.Itoa(len(c.uploads)))] = nil
		w.WriteHeader(http.StatusAccepted)
	case blobs && strings.HasPrefix(rest, "uploads/"):
		c.upload(w, r, repo)
	default:
		c.Handler.ServeHTTP(w, r)
	}
}

func (c *careful) upload(w http.ResponseWriter, r *http.Request, repo string) {
	w.Header().Set("Location", r.URL.Path)
	have := c.uploads[r.URL.Path]
	switch r.Method {
	case http.MethodGet:
		c.asked++
		w.Header().Set("Range", "0-"+strconv.Itoa(max(len(have)-1, 0)))
		w.WriteHeader(http.StatusNoContent)
	case http.MethodPatch:
		if at := r.Header.Get("Content-Range"); at != "" && !strings.HasPrefix(at, strconv.Itoa(len(have))+"-") {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		cut := c.cut > 0 && r.ContentLength > c.cut
		body := r.Body.(io.Reader)
		if cut {
			body = io.LimitReader(body, c.cut)
		}
		data, _ := io.ReadAll(body)
		c.uploads[r.URL.Path] = append(slices.Clip(have), data...)
		c.received += int64(len(data))
		if cut {
			c.cut = 0
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusAccepted)
	case http.MethodPut:
		r.Body = io.NopCloser(bytes.NewReader(have))
		r.ContentLength = int64(len(have))
		c.have[repo+"@"+r.URL.Query().Get("digest")] = true
		c.Handler.ServeHTTP(w, r)
	case http.MethodDelete:
		c.dropped++
		w.WriteHeader(http.StatusNoContent)
	}
}

// TestUploadGoesOn cuts the largest blob after some bytes: no byte that arrived is sent again.
func TestUploadGoesOn(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	whole, to := newCareful(t)
	mustPublish(t, Delivery{From: dist, To: to})
	broken, to := newCareful(t)
	broken.cut = 100_000
	var mu sync.Mutex
	at := map[string]int64{}
	mustPublish(t, Delivery{From: dist, To: to, Wait: 20 * time.Millisecond, Sent: func(s Transfer) {
		mu.Lock()
		defer mu.Unlock()
		if at[s.Digest] = s.At; s.At > s.Size {
			t.Errorf("%+v", s)
		}
	}})
	if broken.received != whole.received || broken.asked != 1 || broken.cut != 0 {
		t.Errorf("%d bytes arrived, want %d; state asked %d times", broken.received, whole.received, broken.asked)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(at) < 10 || slices.Contains(slices.Collect(maps.Values(at)), 0) {
		t.Errorf("progress: %v", at)
	}
}

// TestMounts publishes to a second place in one registry, and what stands on a base that is there.
func TestMounts(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	c, to := newCareful(t)
	mustPublish(t, Delivery{From: dist, To: to + "/a"})
	if len(c.mounted) == 0 { // the empty config of the referrers, in each repository after the first
		t.Error("what two repositories share was sent to both")
	}
	// The layout says that it belongs below a.
	moved := t.TempDir()
	mustPublish(t, Delivery{From: dist, To: "oci:" + moved})
	rename(t, moved, "registry.example.com/team", to+"/a")
	before := c.received
	c.mounted = nil
	mustPublish(t, Delivery{From: moved, To: to + "/b"})
	if c.received != before {
		t.Errorf("%d bytes were sent to a registry that has them", c.received-before)
	}
	for _, m := range c.mounted {
		if dst, from, _ := strings.Cut(m, " "); !strings.HasPrefix(dst, "b/") || from == dst {
			t.Error(m)
		}
	}
	if diff := cmp.Diff(standing(t, to+"/a/ring-operator"), standing(t, to+"/b/ring-operator")); diff != "" {
		t.Error(diff)
	}
}

// rename makes the artifacts of a layout belong to other repositories.
func rename(t *testing.T, layout, from, to string) {
	t.Helper()
	index := filepath.Join(layout, "index.json")
	data, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index, bytes.ReplaceAll(data, []byte(from), []byte(to)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestInterrupted stops while a blob is on its way: no tag is set, and the registry is told to forget the upload.
func TestInterrupted(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	c, to := newCareful(t)
	repo, err := name.NewRepository(to + "/ring-operator")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done, diags, err := Publish(ctx, Delivery{From: dist, To: to, Jobs: 1, Sent: func(s Transfer) {
		if s.Size > 100_000 && s.At > 0 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(diags) > 0 || len(done) > 0 {
		t.Error(done, diags, err)
	}
	c.mu.Lock()
	dropped := c.dropped
	c.mu.Unlock()
	tags, err := newClient(context.Background(), http.DefaultTransport, 0, nil).tags(repo)
	if dropped != 1 || len(tags) > 0 || err != nil {
		t.Errorf("%d uploads dropped; tags %v, %v", dropped, tags, err)
	}
}
