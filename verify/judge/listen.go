package judge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/opc-project/opc/schema/diag"
)

// listenFlag is an argument by which a program is told where to listen, in the usual names of operators and proxies.
var listenFlag = regexp.MustCompile(`^--?([a-z-]*(?:bind|listen)-addr(?:ess)?|[a-z-]*(?:metrics|probe|health)-addr(?:ess)?)[= ](\S+)$`)

// everywhere are the hosts that stand for the pod itself: two servers on one port of them collide.
var everywhere = []string{"", "0.0.0.0", "::", "127.0.0.1", "::1", "localhost"}

// listener is a flag that takes a port of the pod.
type listener struct{ container, flag string }

// listens finds two flags of a pod that name one port: its containers share a network, so the second can't listen.
func (j *podJudge) listens(c *corev1.Container, at string, seen map[string]listener) {
	for i, arg := range slices.Concat(c.Command, c.Args) {
		p := listenFlag.FindStringSubmatch(arg)
		if p == nil {
			continue
		}
		colon := strings.LastIndexByte(p[2], ':')
		if colon < 0 {
			continue
		}
		host, port := strings.Trim(p[2][:colon], "[]"), p[2][colon+1:]
		if port == "" || port == "0" || strings.Contains(port, "$") || !slices.Contains(everywhere, host) {
			continue
		}
		where := fmt.Sprintf("%s/args/%d", at, i-len(c.Command))
		if i < len(c.Command) {
			where = fmt.Sprintf("%s/command/%d", at, i)
		}
		if first, taken := seen[port]; taken && first != (listener{c.Name, p[1]}) {
			j.report.error(j.object, diag.LeadsNowhere, where, "--%s of the container %s takes port %s, where --%s of the container %s listens: only one of them can", p[1], c.Name, port, first.flag, first.container)
		}
		seen[port] = listener{c.Name, p[1]}
	}
}
