package kube

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var openShiftForm = regexp.MustCompile(`^(=?)v4\.([0-9]+)(?:-v4\.([0-9]+))?$`)

// OpenShiftRange reads the annotation com.redhat.openshift.versions, which names the versions of OpenShift into whose
// catalogs a bundle goes: v4.16 (and later), =v4.16 (only) or v4.16-v4.18. It returns the minor versions; ok is false for
// what is no range, or an empty one.
func OpenShiftRange(text string) (from, to int, ok bool) {
	if text == "v4.5,v4.6" { // the only list that the catalogs of OpenShift take: v4.5 and later
		return 5, math.MaxInt, true
	}
	m := openShiftForm.FindStringSubmatch(text)
	if m == nil || m[1] != "" && m[3] != "" {
		return 0, 0, false
	}
	from, _ = strconv.Atoi(m[2])
	switch {
	case m[3] != "":
		to, _ = strconv.Atoi(m[3])
	case m[1] != "":
		to = from
	default:
		to = math.MaxInt
	}
	return from, to, from <= to
}

// KubernetesOf is the version of Kubernetes that a version of OpenShift 4 contains, such as 1.27 for 4.14; "" for what is
// no version of OpenShift 4. https://access.redhat.com/solutions/4870701 lists them: since 4.3, the minor version of
// Kubernetes is 13 higher.
func KubernetesOf(openShift string) string {
	major, rest, _ := strings.Cut(openShift, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	if major != "4" || err != nil || n < 3 {
		return ""
	}
	return fmt.Sprintf("1.%d", n+13)
}
