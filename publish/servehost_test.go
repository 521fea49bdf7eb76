package publish

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestLocal lets requests through that name this machine, and no others.
func TestLocal(t *testing.T) {
	h := local(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, test := range []struct {
		host, origin string
		want         int
	}{
		{"localhost:5000", "", 200}, {"127.0.0.1:5000", "", 200}, {"[::1]:5000", "", 200}, {"127.0.0.1", "http://localhost:5000", 200},
		{"shop.example:5000", "", 421}, {"", "", 421}, {"localhost.shop.example", "", 421}, {"192.0.2.7:5000", "", 421},
		{"localhost:5000", "http://shop.example", 403}, {"localhost:5000", "null", 403}, {"127.0.0.1:5000", "http://127.0.0.1.shop.example", 403},
	} {
		r := httptest.NewRequest(http.MethodPost, "/v2/a/blobs/uploads/", nil)
		r.Host = test.host
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != test.want {
			t.Errorf("host %q, origin %q: %d, want %d", test.host, test.origin, w.Code, test.want)
		}
	}
}
