package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Service is a registry and a Helm repository on this machine, for trying out what was built.
type Service struct {
	From    string                    // folder of a layout, or of the output folder that holds it; "" for nothing
	Data    string                    // folder that keeps what was pushed, an OCI layout; "" for none
	Address string                    // host and port of the loopback interface
	Ready   func(string, []Published) // is told the address that listens, and what was put there
}

// Serve serves until ctx ends. What was built is pushed as by anybody else; what stands in Data is served again the next
// time, and everything else forgotten.
func Serve(ctx context.Context, s Service) (diag.List, error) {
	k, err := newKeeper(s.Data)
	if err != nil {
		return diag.List{diag.Errorf(diag.LayoutUnusable, "", "the data can't be served: %v", err)}, nil
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("%w; --port chooses another", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/v2/", k)
	mux.HandleFunc("GET /charts/{file}", k.serveCharts)
	server := &http.Server{Handler: local(mux), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	defer server.Close()
	var done []Published
	if s.From != "" {
		var diags diag.List
		if done, diags, err = Publish(ctx, Delivery{From: s.From, To: listener.Addr().String()}); err != nil || diags.HasErrors() {
			return diags, err
		}
	}
	s.Ready(listener.Addr().String(), done)
	select {
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return nil, nil
}

// local refuses requests that do not name this machine. A page in a browser can reach the loopback interface: directly,
// and then the browser says where the page is from, or by a name that it lets lead here, and then that is the host.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		from, err := url.Parse(origin)
		switch {
		case !loopback(r.Host):
			http.Error(w, "this registry serves localhost only, not the host "+strconv.Quote(r.Host), http.StatusMisdirectedRequest)
		case origin != "" && (err != nil || !loopback(from.Host)):
			http.Error(w, "this registry rejects cross-origin requests from web pages", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// loopback reports whether a host, with or without a port, is this machine by its name or address.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// charts makes a classic Helm repository of all charts that the registry holds: its index, and its files. Where two
// repositories hold one version of a chart, the first is taken.
func (k *keeper) charts() (index map[string]any, files map[string][]byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	index, files = map[string]any{"apiVersion": "v1", "entries": map[string]any{}}, map[string][]byte{}
	for _, at := range k.places() {
		if d := k.refs[at]; at.ref == d.Digest.String() {
			continue // without a tag it is no version
		}
		data, err := k.ask(http.MethodGet, at.repository+"/manifests/"+at.ref, "", nil)
		if err != nil {
			return nil, nil, err
		}
		if m, err := v1.ParseManifest(strings.NewReader(string(data))); err != nil || m.Config.MediaType != chartConfig {
			continue
		}
		c, err := readChart(raw{bytes: data}, func(d v1.Descriptor) ([]byte, error) {
			return k.ask(http.MethodGet, at.repository+"/blobs/"+d.Digest.String(), "", nil)
		})
		if err != nil {
			continue // whatever somebody pushed
		}
		if known, diags := merge(index, c.entry); !known && len(diags) == 0 {
			maps.Copy(files, c.files)
		}
	}
	return index, files, nil
}

// serveCharts answers what Helm asks a classic repository.
func (k *keeper) serveCharts(w http.ResponseWriter, r *http.Request) {
	index, files, err := k.charts()
	if err == nil {
		files["index.yaml"], err = kube.Encode(index)
	}
	file, ok := files[r.PathValue("file")]
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case !ok:
		http.NotFound(w, r)
	default:
		_, _ = w.Write(file)
	}
}
