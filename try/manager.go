package try

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/try/plane"
	"github.com/opc-project/opc/verify/finding"
)

// calm is how long an operator changes nothing until it counts as quiet.
const calm = 1500 * time.Millisecond

// grace is what a program gets to end after it was asked to, as in a cluster.
const grace = 30 * time.Second

// managed is the manager while it runs.
type managed struct {
	*install
	object    *applied // its Deployment
	container int
	pod       *plane.Pod
	audit     *audit
	ran       *Ran
	examples  []*applied
}

// manage runs the manager as its Deployment says, with the permissions that were installed, and lets it see the examples.
func (in *install) manage(ctx context.Context, program string) error {
	mg := &managed{install: in}
	if !mg.find() {
		in.run.opts.Tell("the manager does not run: the API server took no Deployment of it")
		return nil
	}
	namespace := kube.MetaString(mg.object.Got, "namespace")
	if err := mg.certificates(ctx, namespace); err != nil {
		return err
	}
	pod, err := in.run.plane.NewPod(ctx, namespace, mg.object.Got, in.run.m.Manager().Container, program)
	var unstartable *plane.Unstartable
	if errors.As(err, &unstartable) {
		in.run.say(in.Name, finding.Of(mg.object.Object, diag.PodNotStarted, diag.Error, mg.at(unstartable), "%s", unstartable.Message))
		return nil
	}
	if err != nil {
		return err
	}
	if mg.pod, mg.ran = pod, (&Ran{Way: in.Name, Account: namespace + "/" + pod.Account}); true {
		in.run.report.Manager = mg.ran
	}
	release, err := hold(ctx, pod)
	if err != nil {
		return err
	}
	defer release()
	mg.network()
	if mg.audit, err = newAudit(in.run.plane.Audit, "system:serviceaccount:"+namespace+":"+pod.Account); err != nil {
		return err
	}
	defer mg.audit.close()
	start := time.Now()
	defer func() { mg.ran.Took = time.Since(start) }()
	if err := pod.Start(ctx); err != nil {
		return err
	}
	return mg.watch(ctx, start)
}

// usual are the ports on which controller-runtime listens where nothing says another, also in a container that does not
// declare them.
var usual = []int{8080, 9443}

// hold keeps the ports that no argument moves from other runs.
func hold(ctx context.Context, pod *plane.Pod) (release func(), err error) {
	var held []func()
	release = func() {
		for _, f := range held {
			f()
		}
	}
	ports := slices.Clone(pod.Fixed)
	for _, port := range usual {
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	slices.Sort(ports) // two runs that wait for each other's would wait for ever
	for _, port := range ports {
		f, err := plane.ClaimPort(ctx, port)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, f)
	}
	return release, nil
}

// find finds the manager's object and container among what was installed.
func (mg *managed) find() bool {
	w := mg.run.m.Manager()
	if w == nil {
		return false
	}
	scope := mg.run.m.Scope(mg.Overlay)
	for _, o := range mg.objects {
		if o.Kind() != w.Kind || o.Name() != scope.String(w.Name) {
			continue
		}
		list := kube.List(w.Pod(o.Got)["containers"])
		mg.object = o
		mg.container = max(0, slices.IndexFunc(list, func(c any) bool { t := kube.Map(c); return t["name"] == w.Container }))
		return len(list) > 0
	}
	return false
}

// at is where in the manager's object a kubelet finds fault.
func (mg *managed) at(u *plane.Unstartable) string {
	if u.Pod != "" {
		return "/spec/template/spec" + u.Pod
	}
	return fmt.Sprintf("/spec/template/spec/containers/%d%s", mg.container, u.Container)
}

// certificates plays those who make certificates: cert-manager, or the user who brings a Secret.
func (mg *managed) certificates(ctx context.Context, namespace string) error {
	p, m := mg.run.plane, mg.run.m
	authorities, err := p.Certificates(ctx, namespace)
	if err != nil {
		return err
	}
	var hosts []string
	for _, o := range mg.objects {
		if o.Is("", "Service") {
			hosts = append(hosts, o.Name()+"."+namespace+".svc")
		}
	}
	secrets := slices.Clone(mg.Way.certificates)
	scope := m.Scope(mg.Overlay)
	if secret := scope.String(m.Webhooks.Secret); secret != "" && len(authorities) == 0 {
		secrets = append(secrets, secret)
	}
	for _, name := range secrets {
		if err := p.Keypair(ctx, namespace, name, hosts...); err != nil {
			return err
		}
	}
	if len(authorities) == 0 {
		return mg.trusted(ctx)
	}
	return p.Inject(ctx, namespace, authorities)
}

// trusted puts the authority into webhooks that have none: whoever brings the certificate does it.
func (mg *managed) trusted(ctx context.Context) error {
	for _, o := range mg.objects {
		missing := false
		tree := kube.Clone(o.Got)
		for _, c := range plane.Clients(tree) {
			if c["caBundle"] == nil {
				c["caBundle"], missing = mg.run.authority, true
			}
		}
		if missing {
			if _, err := mg.run.plane.Client.Update(ctx, tree, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// network plays what leads from the address of a Service to the pod: the Service must select it, and name a port of it.
func (mg *managed) network() {
	labels := kube.Map(model.At(mg.object.Got, "spec", "template", "metadata", "labels"))
	for _, o := range mg.objects {
		if !o.Is("", "Service") {
			continue
		}
		selector := kube.Map(model.At(o.Got, "spec", "selector"))
		if len(selector) == 0 || !within(selector, labels) {
			continue
		}
		ports := kube.List(model.At(o.Got, "spec", "ports"))
		for _, e := range ports {
			port := kube.Map(e)
			mg.lead(text(model.At(o.Got, "spec", "clusterIP"))+":"+text(port["port"]), text(port["targetPort"]))
		}
	}
}

func within(small, large map[string]any) bool {
	for k, v := range small {
		if large[k] != v {
			return false
		}
	}
	return true
}

// lead leads from an address to a port of the container: one by a name that the container does not have leads nowhere.
func (mg *managed) lead(address, target string) {
	if mg.pod.Ports[target] != 0 {
		mg.pod.LedFrom(address, target)
		return
	}
	var number int
	if _, err := fmt.Sscan(target, &number); err == nil {
		mg.pod.Ports[target] = number
		mg.pod.LedFrom(address, target)
	}
}

// watch looks at the manager until it ends.
func (mg *managed) watch(ctx context.Context, start time.Time) error {
	ready, err := mg.ready(ctx)
	if err != nil {
		return err
	}
	if ready {
		mg.ran.Ready = time.Since(start)
		mg.run.opts.Tell("the manager is ready after %.1f s", mg.ran.Ready.Seconds())
		if err := mg.tryExamples(ctx); err != nil {
			return err
		}
	}
	ended := mg.run.plane.Dead()
	if mg.ended(ended) {
		_ = mg.pod.End(0)
	} else if err := mg.pod.End(grace); err != nil {
		var e *plane.Ended
		if !errors.As(err, &e) {
			mg.sayOf(diag.Warning, diag.ManagerEnds, "the manager did not end within %s after SIGTERM: the kubelet would kill it", grace)
		}
	}
	time.Sleep(100 * time.Millisecond) // the last lines of the audit log
	if err := mg.audit.read(); err != nil {
		return err
	}
	mg.judge(ctx)
	return nil
}

// ended tells that the manager ended by itself.
func (mg *managed) ended(err error) bool {
	var e *plane.Ended
	if !errors.As(err, &e) || e.Name != mg.pod.Name {
		return false
	}
	if strings.Contains(e.Log, "address already in use") {
		mg.sayOf(diag.Error, diag.ManagerEnds, "the manager ended (%v), since another program on this machine uses its port: end that, or name the port in an argument of the manager; its log:\n%s", e.Err, e.Log)
		return true
	}
	mg.sayOf(diag.Error, diag.ManagerEnds, "the manager ended by itself (%v); its log:\n%s", e.Err, e.Log)
	return true
}

// sayOf says something of the manager as a whole.
func (mg *managed) sayOf(severity diag.Severity, code diag.Code, format string, args ...any) {
	f := finding.Finding{Code: code, Severity: severity, Path: mg.run.m.Manager().From, Message: fmt.Sprintf(format, args...)}
	mg.run.say("", f)
}

// ready waits until the manager is.
func (mg *managed) ready(ctx context.Context) (bool, error) {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, // as the kubelet does
	}}
	last := "it sent no request to the API server"
	for end := time.Now().Add(mg.run.opts.Timeout); time.Now().Before(end); {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if mg.run.plane.Dead() != nil {
			return false, nil
		}
		if err := mg.audit.read(); err != nil {
			return false, err
		}
		if mg.pod.Probe == "" && len(mg.audit.all) > 0 {
			return true, nil
		}
		if mg.pod.Probe != "" {
			res, err := client.Get(mg.pod.Probe)
			if err == nil {
				res.Body.Close()
				if res.StatusCode < 400 {
					return true, nil
				}
				last = "the probe's answer was " + res.Status
			} else {
				last = err.Error()
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	pointer := fmt.Sprintf("/spec/template/spec/containers/%d/readinessProbe", mg.container)
	mg.run.say("", finding.Of(mg.object.Object, diag.ManagerNotReady, diag.Error, pointer, "the manager is not ready after %s: %s", mg.run.opts.Timeout, last))
	return false, nil
}

// tryExamples applies the examples, waits until the operator is quiet, and deletes them.
func (mg *managed) tryExamples(ctx context.Context) error {
	if err := mg.quiet(ctx); err != nil {
		return err
	}
	for _, e := range mg.run.m.Examples {
		if err := mg.example(ctx, e); err != nil {
			return err
		}
	}
	mg.ran.Examples = len(mg.examples)
	if err := mg.quiet(ctx); err != nil {
		return err
	}
	mg.owners(ctx)
	for _, e := range mg.examples {
		if err := mg.run.plane.Client.Delete(ctx, e.Got); err != nil {
			if err := mg.refusedBy(e, diag.ServerRefuses, "the API server refuses to delete it", err); err != nil {
				return err
			}
		}
	}
	return mg.deleted(ctx)
}

// example applies one example. A webhook that has just begun to be served may refuse the first call.
func (mg *managed) example(ctx context.Context, e model.Example) error {
	o := &applied{Object: &kube.Object{Tree: model.Clone(e.Tree), From: func(pointer string) diag.Path { return e.From.Join(pointer) }}}
	client := mg.run.plane.Client
	if client.Namespaced(o.APIVersion(), o.Kind()) {
		o.Tree["metadata"].(map[string]any)["namespace"] = mg.home()
	}
	var err error
	for end := time.Now().Add(3 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		o.Got, err = client.Apply(ctx, o.Tree, "example", false)
		if err == nil || !strings.Contains(err.Error(), calling) || time.Now().After(end) {
			break
		}
	}
	client.Warnings()
	if err != nil {
		return mg.refusedBy(o, diag.ServerRefuses, "the API server refuses the example", err)
	}
	mg.examples = append(mg.examples, o)
	return nil
}

// home is the namespace for examples: one that the operator watches.
func (mg *managed) home() string {
	switch {
	case len(mg.Overlay.Watch) > 0:
		return mg.Overlay.Watch[0]
	case mg.run.m.Watch.Own:
		return mg.Overlay.Namespace
	}
	return "default"
}

// quiet waits until the operator has changed nothing for a while.
func (mg *managed) quiet(ctx context.Context) error {
	since := time.Now()
	for end := since.Add(mg.run.opts.Timeout); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := mg.audit.read(); err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if mg.run.plane.Dead() != nil {
			return nil
		}
		if last, n := mg.audit.lastWrite(); n > 0 && time.Since(last) > calm && time.Since(since) > calm {
			return nil
		}
	}
	return nil
}

// deleted waits until the examples are gone, and tells of those that a finalizer keeps.
func (mg *managed) deleted(ctx context.Context) error {
	end := time.Now().Add(mg.run.opts.Timeout / 3)
	for _, e := range mg.examples {
		for {
			got, err := mg.run.plane.Client.Get(ctx, e.APIVersion(), e.Kind(), kube.MetaString(e.Got, "namespace"), e.Name())
			if apierrors.IsNotFound(err) {
				break
			}
			if err != nil {
				return err
			}
			if time.Now().After(end) || mg.run.plane.Dead() != nil {
				left := texts(model.At(got, "metadata", "finalizers"))
				mg.run.say("", finding.Of(e.Object, diag.NotDeleted, diag.Error, "", "the example was deleted, and is still there: the finalizers %s were not removed", strings.Join(left, ", ")).
					WithFix("remove the finalizer when the object is deleted; the manager's log may say why it did not"))
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}
