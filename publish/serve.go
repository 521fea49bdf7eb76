package publish

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/opc-project/opc/schema/diag"
)

// Service is a registry and a Helm repository on this machine, for trying out what was built.
type Service struct {
	From    string                    // folder of a layout, or of the output folder that holds it
	Data    string                    // layout that keeps the versions served before; "" for none
	Address string                    // host and port of the loopback interface
	Ready   func(string, []Published) // is told the address that listens, and what is there
}

// Serve serves until ctx ends. The registry takes pushes too, and forgets them; what stands in Data stays.
func Serve(ctx context.Context, s Service) (diag.List, error) {
	from := s.From
	if s.Data != "" {
		if _, diags, err := Publish(ctx, Delivery{From: s.From, To: "oci:" + s.Data}); err != nil || diags.HasErrors() {
			return diags, err
		}
		from = s.Data
	}
	charts, err := os.MkdirTemp("", "opc-charts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(charts)
	if _, diags, err := Publish(ctx, Delivery{From: from, To: "helm:" + filepath.Join(charts, "charts")}); err != nil || diags.HasErrors() {
		return diags, err
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v2/", registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	mux.Handle("/charts/", http.FileServer(http.Dir(charts)))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	defer server.Close()
	done, diags, err := Publish(ctx, Delivery{From: from, To: listener.Addr().String()})
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	s.Ready(listener.Addr().String(), done)
	select {
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return nil, nil
}
