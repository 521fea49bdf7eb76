// Command manager runs the operator.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	dbv1 "example.com/database-operator/api/v1"
	"example.com/database-operator/internal/controller"
	webhookv1 "example.com/database-operator/internal/webhook/v1"
	// +kubebuilder:scaffold:imports
)

// settings are what the flags say.
type settings struct {
	metrics     metricsserver.Options
	webhook     webhook.Options
	probes      string
	leaderElect bool
	http2       bool
	log         zap.Options
}

func main() {
	var s settings
	s.bind(flag.CommandLine)
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&s.log)))
	if err := run(s); err != nil {
		ctrl.Log.Error(err, "the manager stopped")
		os.Exit(1)
	}
}

// bind declares the flags, which are those of a kubebuilder project.
func (s *settings) bind(f *flag.FlagSet) {
	f.StringVar(&s.metrics.BindAddress, "metrics-bind-address", "0",
		"Address of the metrics: :8443 for HTTPS, :8080 for HTTP, 0 for none.")
	f.BoolVar(&s.metrics.SecureServing, "metrics-secure", true, "Whether metrics are served by HTTPS.")
	f.StringVar(&s.metrics.CertDir, "metrics-cert-path", "",
		"Folder with the certificate for metrics. Without one, a self-signed certificate is made.")
	f.StringVar(&s.metrics.CertName, "metrics-cert-name", "tls.crt", "Name of the certificate's file for metrics.")
	f.StringVar(&s.metrics.KeyName, "metrics-cert-key", "tls.key", "Name of the key's file for metrics.")
	f.StringVar(&s.webhook.CertDir, "webhook-cert-path", "", "Folder with the certificate for webhooks.")
	f.StringVar(&s.webhook.CertName, "webhook-cert-name", "tls.crt", "Name of the certificate's file for webhooks.")
	f.StringVar(&s.webhook.KeyName, "webhook-cert-key", "tls.key", "Name of the key's file for webhooks.")
	f.StringVar(&s.probes, "health-probe-bind-address", ":8081", "Address of the health probes.")
	f.BoolVar(&s.leaderElect, "leader-elect", false, "Elect a leader, so that only one manager is active.")
	f.BoolVar(&s.http2, "enable-http2", false, "Serve metrics and webhooks by HTTP/2 too.")
	s.log.BindFlags(f)
}

// run starts the manager and returns when it is told to stop.
func run(s settings) error {
	image := os.Getenv("RELATED_IMAGE_POSTGRES")
	if image == "" {
		return errors.New("RELATED_IMAGE_POSTGRES is not set: it names the image of PostgreSQL")
	}
	mgr, err := newManager(s)
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	if err := (&controller.DatabaseReconciler{Client: mgr.GetClient(), Image: image}).SetupWithManager(mgr); err != nil {
		return fmt.Errorf("setting up the controller: %w", err)
	}
	if os.Getenv("ENABLE_WEBHOOKS") != "false" {
		if err := webhookv1.SetupDatabaseWebhookWithManager(mgr); err != nil {
			return fmt.Errorf("setting up the webhooks: %w", err)
		}
	}
	// +kubebuilder:scaffold:builder
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

func newManager(s settings) (ctrl.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	if !s.http2 {
		// HTTP/2 lets a client reset streams so fast that the server starves: CVE-2023-44487.
		s.metrics.TLSOpts = append(s.metrics.TLSOpts, onlyHTTP1)
		s.webhook.TLSOpts = append(s.webhook.TLSOpts, onlyHTTP1)
	}
	if s.metrics.SecureServing {
		s.metrics.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:                 newScheme(),
		Cache:                  cache.Options{DefaultNamespaces: namespaces(os.Getenv("WATCH_NAMESPACE"))},
		Metrics:                s.metrics,
		WebhookServer:          webhook.NewServer(s.webhook),
		HealthProbeBindAddress: s.probes,
		LeaderElection:         s.leaderElect,
		LeaderElectionID:       "database-operator.db.opc.example.com",
	})
}

func onlyHTTP1(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(dbv1.AddToScheme(scheme))
	// +kubebuilder:scaffold:scheme
	return scheme
}

// namespaces reads a list of namespaces, separated by commas. An empty one gives nil: the whole cluster.
func namespaces(list string) map[string]cache.Config {
	var out map[string]cache.Config
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if out == nil {
			out = map[string]cache.Config{}
		}
		out[name] = cache.Config{}
	}
	return out
}
