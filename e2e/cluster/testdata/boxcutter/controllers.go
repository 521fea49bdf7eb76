package controllers

import (
	"errors"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"pkg.package-operator.run/boxcutter/managedcache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

var errStandIn = errors.New("this build has no boxcutter: leave the feature gate BoxcutterRuntime off")

// ClusterObjectSetReconciler is for the feature gate alone.
type ClusterObjectSetReconciler struct {
	Client                client.Client
	RevisionEngineFactory any
	TrackingCache         managedcache.TrackingCache
}

// SetupWithManager refuses.
func (*ClusterObjectSetReconciler) SetupWithManager(manager.Manager) error { return errStandIn }

// NewDefaultRevisionEngineFactory refuses.
func NewDefaultRevisionEngineFactory(
	*runtime.Scheme, managedcache.TrackingCache, discovery.CachedDiscoveryInterface, meta.RESTMapper, string, *rest.Config,
) (any, error) {
	return nil, errStandIn
}
