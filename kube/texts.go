package kube

import (
	"strings"
)

// What names an object within a text: host names of Services, service accounts as users, and whole words in arguments and
// variables of containers.

// accountPrefix begins the user name of a service account, and accountsPrefix the group of all in a namespace
// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
const (
	accountPrefix  = "system:serviceaccount:"
	accountsPrefix = "system:serviceaccounts:"
)

// account follows the name of a service account as a user or a group.
func (w *followWalk) account(text string) string {
	if rest, ok := strings.CutPrefix(text, accountsPrefix); ok {
		return accountsPrefix + w.Namespace(rest)
	}
	rest, ok := strings.CutPrefix(text, accountPrefix)
	namespace, name, whole := strings.Cut(rest, ":")
	if !ok || !whole {
		return text
	}
	return accountPrefix + w.Namespace(namespace) + ":" + w.named([]string{"ServiceAccount"}, name)
}

// hosts follows SERVICE.NAMESPACE.svc wherever it stands in a text
// (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
func (w *followWalk) hosts(text string) string {
	const mark = ".svc"
	var out strings.Builder
	for {
		i := strings.Index(text, mark)
		if i < 0 {
			return out.String() + text
		}
		end := i + len(mark)
		if end < len(text) && isLabelByte(text[end]) {
			out.WriteString(text[:end])
			text = text[end:]
			continue
		}
		namespace := lastLabel(text[:i])
		before := text[:i-len(namespace)]
		service := ""
		if strings.HasSuffix(before, ".") {
			service = lastLabel(before[:len(before)-1])
			before = before[:len(before)-1-len(service)]
		}
		out.WriteString(before)
		if service != "" {
			out.WriteString(w.named([]string{"Service"}, service))
		}
		if len(before)+len(service)+len(namespace) < i {
			out.WriteByte('.')
		}
		if namespace != "" {
			namespace = w.Namespace(namespace)
		}
		out.WriteString(namespace + mark)
		text = text[end:]
	}
}

// lastLabel is the part of a host name that a text ends with.
func lastLabel(text string) string {
	i := len(text)
	for i > 0 && isLabelByte(text[i-1]) {
		i--
	}
	return text[i:]
}

func isLabelByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-'
}

// isWord reports whether a text is an argument or the value of a variable of a container.
func isWord(path []string) bool {
	inContainer := false
	for _, field := range path {
		inContainer = inContainer || field == "containers" || field == "initContainers"
	}
	last := path[len(path)-1]
	return inContainer && (last == "args" || last == "command" || last == "value" && path[len(path)-2] == "env")
}

// word follows a text that is the name of an object or a namespace, whole or behind a flag's =, and hosts in it.
func (w *followWalk) word(in Tree, field, text string) string {
	flag, value, isFlag := strings.Cut(text, "=")
	about := flag
	if field == "value" {
		about = Text(in["name"])
	}
	if flag += "="; !isFlag || !strings.HasPrefix(flag, "-") {
		flag, value = "", text
	}
	about = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(about))
	names := func(kind string) bool {
		return value != w.Own || strings.HasSuffix(about, strings.ToLower(kind)) || strings.HasSuffix(about, strings.ToLower(kind)+"name")
	}
	// An argument that is nothing but a namespace has no flag by which an overlay could find it again.
	if ns := w.Namespace(value); ns != value && (flag != "" || field == "value") && (value != w.Own || strings.Contains(about, "namespace")) {
		return flag + ns
	}
	if name := w.Name(names, value); name != value {
		return flag + name
	}
	if strings.Count(value, "/") == 1 {
		if q := w.qualified(nil, value); q != value {
			return flag + q
		}
	}
	return flag + w.hosts(w.account(value))
}
