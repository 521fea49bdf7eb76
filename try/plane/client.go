package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/opc-project/opc/kube"
)

// Client speaks to the API server as its administrator, in plain objects.
type Client struct {
	config  *rest.Config
	dynamic dynamic.Interface
	groups  discovery.DiscoveryInterface

	mu       sync.Mutex
	mapper   meta.RESTMapper // nil until it is needed, and after an API came or went
	warnings []string
}

func newClient(kubeconfig string) (*Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	c := &Client{config: config}
	config.QPS, config.Burst = -1, 0 // the server is this run's own
	config.WarningHandlerWithContext = c
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	c.groups, err = discovery.NewDiscoveryClientForConfig(config)
	return c, err
}

// HandleWarningHeaderWithContext takes what the API server warns about.
func (c *Client) HandleWarningHeaderWithContext(_ context.Context, code int, _, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if code == 299 && text != "" && !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// Warnings are what the API server has warned about since they were asked for last.
func (c *Client) Warnings() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.warnings
	c.warnings = nil
	return out
}

// mapping finds the resource of a kind. Where there is none, it asks the API server anew.
func (c *Client) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for fresh := false; ; fresh = true {
		if c.mapper == nil || fresh {
			groups, err := restmapper.GetAPIGroupResources(c.groups)
			if err != nil {
				return nil, err
			}
			c.mapper = restmapper.NewDiscoveryRESTMapper(groups)
		}
		m, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err == nil || fresh {
			return m, err
		}
	}
}

// Knows reports whether the API server has a kind.
func (c *Client) Knows(apiVersion, kind string) bool {
	_, err := c.mapping(schema.FromAPIVersionAndKind(apiVersion, kind))
	return err == nil
}

// Namespaced reports whether objects of a kind that the API server has are in a namespace.
func (c *Client) Namespaced(apiVersion, kind string) bool {
	m, err := c.mapping(schema.FromAPIVersionAndKind(apiVersion, kind))
	return err == nil && m.Scope.Name() == meta.RESTScopeNameNamespace
}

// Forget has the API server asked again for its kinds: some came or went.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mapper = nil
}

// resource is where the objects of a kind are.
func (c *Client) resource(apiVersion, kind, namespace string) (dynamic.ResourceInterface, error) {
	m, err := c.mapping(schema.FromAPIVersionAndKind(apiVersion, kind))
	if err != nil {
		return nil, err
	}
	r := c.dynamic.Resource(m.Resource)
	if m.Scope.Name() == meta.RESTScopeNameNamespace {
		return r.Namespace(namespace), nil
	}
	return r, nil
}

// of is where an object is.
func (c *Client) of(o kube.Tree) (dynamic.ResourceInterface, error) {
	apiVersion := kube.Text(o["apiVersion"])
	kind := kube.Text(o["kind"])
	return c.resource(apiVersion, kind, kube.MetaString(o, "namespace"))
}

// Apply applies an object as `kubectl apply --server-side --force-conflicts --validate=strict` does, and returns it as the
// API server has it then. With dry nothing is stored.
func (c *Client) Apply(ctx context.Context, o kube.Tree, manager string, dry bool) (kube.Tree, error) {
	r, err := c.of(o)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	force := true
	opts := metav1.PatchOptions{FieldManager: manager, Force: &force, FieldValidation: metav1.FieldValidationStrict}
	if dry {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	out, err := r.Patch(ctx, kube.MetaString(o, "name"), types.ApplyPatchType, data, opts)
	if err != nil {
		return nil, err
	}
	return out.Object, nil
}

// Get reads one object.
func (c *Client) Get(ctx context.Context, apiVersion, kind, namespace, name string) (kube.Tree, error) {
	r, err := c.resource(apiVersion, kind, namespace)
	if err != nil {
		return nil, err
	}
	o, err := r.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return o.Object, nil
}

// List reads the objects of a kind, of all namespaces with "".
func (c *Client) List(ctx context.Context, apiVersion, kind, namespace string) ([]kube.Tree, error) {
	r, err := c.resource(apiVersion, kind, namespace)
	if err != nil {
		return nil, err
	}
	list, err := r.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	out := make([]kube.Tree, len(list.Items))
	for i := range list.Items {
		out[i] = list.Items[i].Object
	}
	return out, nil
}

// Update replaces an object.
func (c *Client) Update(ctx context.Context, o kube.Tree, dry bool) (kube.Tree, error) {
	r, err := c.of(o)
	if err != nil {
		return nil, err
	}
	opts := metav1.UpdateOptions{FieldManager: "opc"}
	if dry {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	out, err := r.Update(ctx, &unstructured.Unstructured{Object: o}, opts)
	if err != nil {
		return nil, err
	}
	return out.Object, nil
}

// Delete deletes an object; one that is not there is no error.
func (c *Client) Delete(ctx context.Context, o kube.Tree) error {
	r, err := c.of(o)
	if err != nil {
		return err
	}
	err = r.Delete(ctx, kube.MetaString(o, "name"), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// Release takes the finalizers off an object: nobody is there to do what they wait for.
func (c *Client) Release(ctx context.Context, o kube.Tree) error {
	r, err := c.of(o)
	if err != nil {
		return err
	}
	_, err = r.Patch(ctx, kube.MetaString(o, "name"), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// EndNamespace deletes a namespace that nothing is in, as the controller-manager does.
func (c *Client) EndNamespace(ctx context.Context, name string) error {
	o := kube.Tree{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
	if err := c.Delete(ctx, o); err != nil {
		return err
	}
	r, err := c.of(o)
	if err != nil {
		return err
	}
	o["spec"] = map[string]any{"finalizers": []any{}}
	_, err = r.Update(ctx, &unstructured.Unstructured{Object: o}, metav1.UpdateOptions{}, "finalize")
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// Token asks for a token of a service account.
func (c *Client) Token(ctx context.Context, namespace, account string) (string, error) {
	r, err := c.resource("v1", "ServiceAccount", namespace)
	if err != nil {
		return "", err
	}
	request := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": map[string]any{"name": account},
		"spec": map[string]any{"expirationSeconds": int64(time.Hour / time.Second)},
	}}
	out, err := r.Create(ctx, request, metav1.CreateOptions{}, "token")
	if err != nil {
		return "", fmt.Errorf("the token of the service account %s/%s: %w", namespace, account, err)
	}
	token, _, err := unstructured.NestedString(out.Object, "status", "token")
	return token, err
}

// Plural is the resource of a kind, and its group; "" for one that the API server does not have.
func (c *Client) Plural(apiVersion, kind string) (resource, group string) {
	m, err := c.mapping(schema.FromAPIVersionAndKind(apiVersion, kind))
	if err != nil {
		return "", ""
	}
	return m.Resource.Resource, m.Resource.Group
}

// ByResource reads an object by its resource, in the version that the API server prefers.
func (c *Client) ByResource(ctx context.Context, group, resource, namespace, name string) (kube.Tree, error) {
	if _, err := c.mapping(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}); err != nil { // fills the mapper
		return nil, err
	}
	c.mu.Lock()
	found, err := c.mapper.ResourceFor(schema.GroupVersionResource{Group: group, Resource: resource})
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	o, err := c.dynamic.Resource(found).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return o.Object, nil
}
