package publish

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// early lists a tag that can't be read yet, as the distribution registry does while another publisher sets it.
type early struct {
	http.Handler
	tag string
}

func (e early) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/tags/list") {
		e.Handler.ServeHTTP(w, r)
		return
	}
	got := httptest.NewRecorder()
	e.Handler.ServeHTTP(got, r)
	var list struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}
	if got.Code != http.StatusOK || json.Unmarshal(got.Body.Bytes(), &list) != nil {
		w.WriteHeader(got.Code)
		_, _ = w.Write(got.Body.Bytes())
		return
	}
	list.Tags = append(list.Tags, e.tag)
	_ = json.NewEncoder(w).Encode(list)
}

// TestTagsThatAreSetMeanwhile publishes while a newer version's tag is listed and not there: whoever sets it moves the
// others after it.
func TestTagsThatAreSetMeanwhile(t *testing.T) {
	store := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s := httptest.NewServer(early{store, "v9.0.0"})
	defer s.Close()
	to := strings.TrimPrefix(s.URL, "http://")
	mustPublish(t, Delivery{From: prebuilt(t, "1.2.3", "stable"), To: to})
	s.Config.Handler = store
	if got := standing(t, to+"/ring-operator"); got["latest"] == "" || got["latest"] != got["v1.2.3"] {
		t.Error(got)
	}
}
