package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// targetNamespaces is what OLM tells a pod about the namespaces to watch.
const targetNamespaces = "metadata.annotations['olm.targetNamespaces']"

// watch says the install modes, and which variable tells the manager the namespaces.
func (d *draft) watch() {
	var modes []any
	for _, m := range trees(d.csvSpec("installModes")) {
		if m["supported"] == true && modeRank(text(m["type"])) >= 0 {
			modes = append(modes, m["type"])
		}
	}
	watch := tree{}
	standard := ""
	if !(len(modes) == 1 && modes[0] == kube.AllNamespaces) && len(modes) > 0 {
		slices.SortFunc(modes, func(a, b any) int { return modeRank(text(a)) - modeRank(text(b)) })
		watch["modes"] = modes
		standard = "WATCH_NAMESPACE"
	}
	if env := d.watchVariable(); env != standard {
		watch["env"] = env
	}
	some(d.spec, "watch", watch)
}

// modeRank orders the modes from all namespaces to one.
func modeRank(mode string) int {
	return slices.Index(slices.Concat([]string{kube.AllNamespaces}, kube.InstallModes), mode)
}

// watchVariable is the environment variable of the manager that holds what OLM says, or "".
func (d *draft) watchVariable() string {
	if d.helm != nil && d.helm.watch != nil {
		return d.helm.watch.env
	}
	if len(d.workloads) == 0 || d.src.facts != nil {
		return "" // outside of a bundle, a variable that reads OLM's annotation is kept as it stands
	}
	for _, e := range trees(d.workloads[0].main["env"]) {
		if fieldPath := text(get(e, "valueFrom", "fieldRef", "fieldPath")); strings.EqualFold(fieldPath, targetNamespaces) && len(object(get(e, "valueFrom", "fieldRef"))) == 1 {
			return text(e["name"])
		}
	}
	return ""
}
