package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/schema/diag"
)

// strict is a registry that takes manifests as real ones do: whole, and under their own digest. It looks at what each
// tag is set to in the moment in which it is set.
type strict struct {
	http.Handler
	bad func(string) // is told what is wrong with a tag
}

// ServeHTTP implements http.Handler.
func (s strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	repo, ref, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/manifests/")
	if !ok || r.Method != http.MethodPut {
		s.Handler.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	digest, _, _ := v1.SHA256(bytes.NewReader(body))
	if !json.Valid(body) || strings.HasPrefix(ref, "sha256:") && ref != digest.String() {
		http.Error(w, `{"errors":[{"code":"MANIFEST_INVALID"}]}`, http.StatusBadRequest)
		return
	}
	if !strings.HasPrefix(ref, "sha256:") {
		if err := s.present(repo, body, r.Header.Get("Content-Type")); err != nil {
			s.bad(fmt.Sprintf("%s:%s: %v", repo, ref, err))
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.Handler.ServeHTTP(w, r)
}

// present checks that everything below a manifest is there.
func (s strict) present(repo string, manifest []byte, mediaType string) error {
	c, err := contents(manifest, types.MediaType(mediaType))
	if err != nil {
		return err
	}
	for _, m := range c.manifests {
		child, err := s.get("/v2/" + repo + "/manifests/" + m.Digest.String())
		if err != nil {
			return err
		}
		if err := s.present(repo, child, string(m.MediaType)); err != nil {
			return err
		}
	}
	for _, b := range c.blobs {
		data, err := s.get("/v2/" + repo + "/blobs/" + b.Digest.String())
		if err != nil {
			return err
		}
		if h, _, _ := v1.SHA256(bytes.NewReader(data)); h != b.Digest {
			return fmt.Errorf("%s is %s", b.Digest, h)
		}
	}
	return nil
}

func (s strict) get(path string) ([]byte, error) {
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("%s: %d", path, w.Code)
	}
	return w.Body.Bytes(), nil
}

// faulty stands between client and registry, and does what networks and registries do on bad days; the same for the same
// seed, as far as the requests come in the same order.
type faulty struct {
	inner http.Handler
	mu    sync.Mutex
	rng   *rand.Rand
	rate  float64
	left  int // requests until everything is cut; negative for never
}

// mend ends all faults.
func (f *faulty) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rate, f.left = 0, -1
}

// ServeHTTP implements http.Handler.
func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	kind, hit := f.rng.IntN(9), f.rng.Float64() < f.rate
	dead := f.left == 0
	if f.left > 0 {
		f.left--
	}
	f.mu.Unlock()
	switch {
	case dead:
		panic(http.ErrAbortHandler)
	case hit:
		f.fail(kind, w, r)
	default:
		f.inner.ServeHTTP(w, r)
	}
}

func (f *faulty) fail(kind int, w http.ResponseWriter, r *http.Request) {
	switch kind {
	case 0: // cut before anything arrived
		panic(http.ErrAbortHandler)
	case 1:
		w.WriteHeader(http.StatusInternalServerError)
	case 2:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case 3:
		w.Header().Set("Retry-After", time.Now().UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	case 4: // arrived, and the answer was lost
		f.inner.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case 5: // cut on the way there
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), ended{}))
		f.inner.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case 6: // cut on the way back
		answer := f.answer(r)
		copyHeader(w, answer)
		_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		panic(http.ErrAbortHandler)
	case 7: // slow
		answer := f.answer(r)
		copyHeader(w, answer)
		for _, b := range bytes.SplitAfter(answer.Body.Bytes(), []byte(",")) {
			_, _ = w.Write(b)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Microsecond)
		}
	case 8: // content or its digest is another
		if strings.Contains(r.URL.Path, "/blobs/") {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), r.Body))
		}
		answer := f.answer(r)
		if answer.Header().Get("Docker-Content-Digest") != "" {
			answer.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
		}
		copyHeader(w, answer)
		_, _ = w.Write(answer.Body.Bytes())
	}
}

func (f *faulty) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.inner.ServeHTTP(w, r)
	return w
}

func copyHeader(w http.ResponseWriter, from *httptest.ResponseRecorder) {
	for key, values := range from.Header() {
		w.Header()[key] = values
	}
	if from.Body.Len() > 0 {
		w.Header().Set("Content-Length", fmt.Sprint(from.Body.Len()))
	}
	w.WriteHeader(from.Code)
}

// ended is a body whose connection ended.
type ended struct{}

// Read implements io.Reader.
func (ended) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestFaults publishes 200 times to a bad registry that sometimes goes away for good. Each run ends complete or with a
// finding, no tag is ever set to what is not there, and the next run completes the job.
func TestFaults(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	runs := 200
	if testing.Short() {
		runs = 20
	}
	quiet := log.New(io.Discard, "", 0)
	log.SetOutput(io.Discard) // where that registry tells of damaged blobs, whatever its logger
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	clean := 0
	for seed := range runs {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		f := &faulty{rng: rng, rate: 0.3 * rng.Float64(), left: -1}
		if seed%2 == 0 {
			f.left = rng.IntN(120)
		}
		inner := strict{registry.New(registry.WithReferrersSupport(seed%3 > 0), registry.Logger(quiet)), func(what string) {
			t.Errorf("seed %d: a tag was set to half of something: %s", seed, what)
		}}
		f.inner = inner
		s := httptest.NewUnstartedServer(f)
		s.Config.ErrorLog = quiet
		s.Start()
		u, _ := url.Parse(s.URL)
		done, diags, err := Publish(context.Background(), Delivery{From: dist, To: u.Host, Wait: time.Microsecond})
		switch {
		case err != nil:
			t.Errorf("seed %d: %v", seed, err)
		case len(diags) == 0 && len(done) == 4:
			clean++
		case len(diags) != 1 || diags[0].Code != diag.RegistryFails || len(done) > 0:
			t.Errorf("seed %d: neither complete nor failed: %v %v", seed, done, diags)
		}
		f.mend()
		done = mustPublish(t, Delivery{From: dist, To: u.Host})
		for _, p := range done {
			for _, tag := range p.Tags {
				manifest, err := inner.get(strings.Replace(p.Repository, u.Host, "/v2", 1) + "/manifests/" + tag)
				if h, _, _ := v1.SHA256(bytes.NewReader(manifest)); err != nil || h.String() != p.Digest {
					t.Errorf("seed %d: %s:%s is %s, %v", seed, p.Repository, tag, h, err)
				}
			}
		}
		s.Close()
	}
	if clean < runs/8 || clean > runs*7/8 {
		t.Errorf("%d of %d runs met no end: the faults are too many or too few", clean, runs)
	}
}
