// Package managedcache stands in for boxcutter's: it has the names that operator-controller needs to compile.
package managedcache

import (
	"context"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// TrackingCache reads objects, and watches none: an installed object that someone changes is not put back.
type TrackingCache struct{ cache.Cache }

// NewTrackingCache reads from the cluster of a configuration.
func NewTrackingCache(_ logr.Logger, config *rest.Config, options cache.Options) (TrackingCache, error) {
	c, err := cache.New(config, options)
	return TrackingCache{c}, err
}

// Source never has an event.
func (TrackingCache) Source(handler.EventHandler, ...predicate.Predicate) source.Source {
	return source.Func(func(context.Context, workqueue.TypedRateLimitingInterface[reconcile.Request]) error { return nil })
}

// Watch does nothing.
func (TrackingCache) Watch(context.Context, client.Object, sets.Set[schema.GroupVersionKind]) error {
	return nil
}

// Free does nothing.
func (TrackingCache) Free(context.Context, client.Object) error { return nil }
