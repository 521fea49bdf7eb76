package judge

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// services judges what selects pods or Services. In a set without pods nothing is said: it is a part of something.
func services(s *set, ctx *Context, report Report) {
	if s.partly || len(s.pods) == 0 && !ctx.Complete {
		return
	}
	for i := range s.services {
		s.serviceTarget(&s.services[i], ctx, report)
	}
	for _, sub := range s.subjects {
		switch o := sub.Typed.(type) {
		case *policyv1.PodDisruptionBudget:
			s.selects(sub, s.Home(sub.Object), o.Spec.Selector, "/spec/selector", ctx, report)
		case *networkingv1.NetworkPolicy:
			if s.selects(sub, s.Home(sub.Object), &o.Spec.PodSelector, "/spec/podSelector", ctx, report) {
				s.policyPorts(sub, o, report)
			}
		}
		if sub.Is("monitoring.coreos.com", "ServiceMonitor") {
			s.monitor(sub.Object, report)
		}
	}
}

// serviceTarget holds that a Service leads to a pod, by a port that the pod has.
func (s *set) serviceTarget(svc *madeService, ctx *Context, report Report) {
	if len(svc.Spec.Selector) == 0 {
		return
	}
	pods := s.behind(svc)
	if len(pods) == 0 && ctx.lost(labels.SelectorFromSet(svc.Spec.Selector)) {
		return
	}
	if len(pods) == 0 {
		report.warn(svc.by.Object, diag.SelectsNothing, "/spec/selector", "no pod has the labels %s", labels.Set(svc.Spec.Selector))
		return
	}
	for i, p := range svc.Spec.Ports {
		if p.TargetPort.Type == intstr.String && !slices.ContainsFunc(pods, func(pod madePod) bool { return pod.hasPort(p.TargetPort.StrVal) }) {
			report.error(svc.by.Object, diag.LeadsNowhere, fmt.Sprintf("/spec/ports/%d/targetPort", i), "no container of %s has a port called %s", pods[0].by.ID(), p.TargetPort.StrVal)
		}
	}
}

// hasPort reports whether a container of the pod has a port of a name.
func (p *podTemplate) hasPort(name string) bool {
	return slices.ContainsFunc(p.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool { return port.Name == name })
	})
}

func (s *set) selects(sub *Subject, namespace string, selector *metav1.LabelSelector, at string, ctx *Context, report Report) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		report.error(sub.Object, diag.InvalidObject, at, "the selector can't be read: %v", err)
		return false
	}
	if len(s.selected(namespace, parsed)) == 0 {
		if parsed.Empty() || ctx.lost(parsed) {
			return false // every pod of the namespace, of which none may be the set's own; or those that the installer lost
		}
		report.warn(sub.Object, diag.SelectsNothing, at, "no pod has the labels %s", parsed)
		return false
	}
	return true
}

// policyPorts finds ports of a NetworkPolicy that no selected pod listens on. A policy sees the pod's port, so one that
// opens the Service's port shuts the pod off.
func (s *set) policyPorts(sub *Subject, np *networkingv1.NetworkPolicy, report Report) {
	selector, _ := metav1.LabelSelectorAsSelector(&np.Spec.PodSelector)
	numbers, names, served := s.listening(s.Home(sub.Object), selector)
	if len(numbers) == 0 {
		return
	}
	for i, rule := range np.Spec.Ingress {
		for j, p := range rule.Ports {
			at := fmt.Sprintf("/spec/ingress/%d/ports/%d/port", i, j)
			switch {
			case p.Port == nil || p.EndPort != nil:
			case p.Port.Type == intstr.String:
				if !names[p.Port.StrVal] {
					report.error(sub.Object, diag.LeadsNowhere, at, "no selected pod has a port called %s", p.Port.StrVal)
				}
			case !numbers[p.Port.IntVal]:
				f := finding.Of(sub.Object, diag.LeadsNowhere, diag.Warning, at, "no selected pod listens on port %d: the ports that it does listen on stay blocked", p.Port.IntVal)
				if target, ok := served[p.Port.IntVal]; ok {
					f = f.WithHint("%d is the Service's port; a NetworkPolicy sees the pod's, which is %d", p.Port.IntVal, target)
				}
				report(f)
			}
		}
	}
}

// listening lists the ports of the selected pods, as far as they say, and the ports of Services that lead to them.
func (s *set) listening(namespace string, selector labels.Selector) (numbers map[int32]bool, names map[string]bool, served map[int32]int32) {
	numbers, names, served = map[int32]bool{}, map[string]bool{}, map[int32]int32{}
	pods := s.selected(namespace, selector)
	for _, pod := range pods {
		for _, c := range pod.Spec.Containers {
			for _, p := range c.Ports {
				numbers[p.ContainerPort], names[p.Name] = true, true
			}
		}
	}
	for i := range s.services {
		svc := &s.services[i]
		if !slices.ContainsFunc(s.behind(svc), func(p madePod) bool {
			return slices.ContainsFunc(pods, func(q madePod) bool { return p.by == q.by })
		}) {
			continue
		}
		for _, p := range svc.Spec.Ports {
			target := p.TargetPort.IntVal
			if target == 0 && p.TargetPort.Type == intstr.Int {
				target = p.Port
			}
			if target != 0 {
				numbers[target] = true
				served[p.Port] = target
			}
		}
	}
	return numbers, names, served
}

// monitor judges a ServiceMonitor of the Prometheus Operator.
func (s *set) monitor(o *kube.Object, report Report) {
	if any, _ := model.At(o.Tree, "spec", "namespaceSelector", "any").(bool); any {
		return
	}
	selector := labels.SelectorFromSet(stringsAt(o.Tree, "spec", "selector", "matchLabels"))
	var chosen []*madeService
	for i := range s.services {
		if svc := &s.services[i]; selector.Matches(labels.Set(svc.Labels)) && kube.SameNamespace(svc.namespace, s.Home(o)) {
			chosen = append(chosen, svc)
		}
	}
	if len(chosen) == 0 {
		report.warn(o, diag.SelectsNothing, "/spec/selector", "no Service has the labels %s: nothing is scraped", selector)
		return
	}
	endpoints := kube.List(model.At(o.Tree, "spec", "endpoints"))
	for i, e := range endpoints {
		endpoint := kube.Map(e)
		s.endpoint(o, endpoint, fmt.Sprintf("/spec/endpoints/%d", i), chosen, report)
	}
}

func (s *set) endpoint(o *kube.Object, endpoint model.Tree, at string, chosen []*madeService, report Report) {
	port := kube.Text(endpoint["port"])
	if port != "" && !slices.ContainsFunc(chosen, func(svc *madeService) bool { return svc.portNamed(port) }) {
		report.warn(o, diag.LeadsNowhere, at+"/port", "no port of Service %s is called %s: nothing is scraped", chosen[0].Name, port)
	}
	server := kube.Text(model.At(endpoint, "tlsConfig", "serverName"))
	if host, ok := strings.CutSuffix(server, ".svc"); ok {
		name, namespace, _ := strings.Cut(host, ".")
		if s.service(namespace, name) == nil {
			report.warn(o, diag.LeadsNowhere, at+"/tlsConfig/serverName", "there is no Service %s/%s: its certificate is not the one that is shown", namespace, name)
		}
	}
}

func (svc *madeService) portNamed(name string) bool {
	return slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == name })
}
