package diff

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// aVersion is a version in a text: one that begins with a v, one of three numbers, or a digest, also one that pins a
// version. Addresses of a network, which are four numbers, are none.
var aVersion = regexp.MustCompile(`(?:\bv[0-9]+(?:\.[0-9]+)*(?:[-+][0-9A-Za-z.-]+)?|\b[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.-]+)?)(?:@sha256:[0-9a-f]{64})?\b|\bsha256:[0-9a-f]{64}\b`)

var anAddress = regexp.MustCompile(`\b[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\b`)

var anAPI = regexp.MustCompile(`apiVersion:\s*\S+`)

// onlyVersions reports whether a text differs by versions alone. The version of an API is none. A text that is YAML is
// compared by what it says: comments, the order of keys and quotes mean nothing.
func onlyVersions(c *Case) bool {
	old, ok := c.Change.Old.(string)
	new, isText := c.Change.New.(string)
	if !ok || !isText || c.Path[len(c.Path)-1] == "apiVersion" || strings.Contains(old, "apiVersion:") && !sameAPIs(old, new) {
		return false
	}
	if sameButVersions(old, new) {
		return old != new && aVersion.MatchString(old)
	}
	was, is := settingsIn(old), settingsIn(new)
	return was != nil && is != nil && alikeButVersions(was, is)
}

// sameSettings reports whether two texts of YAML say the same.
func sameSettings(c *Case) bool {
	old, ok := c.Change.Old.(string)
	new, isText := c.Change.New.(string)
	if !ok || !isText {
		return false
	}
	was := settingsIn(old)
	return was != nil && equal(was, settingsIn(new))
}

// sameButVersions reports whether two texts are the same where each version counts as the same.
func sameButVersions(old, new string) bool {
	if old == new {
		return true
	}
	blank := func(text string) string { return aVersion.ReplaceAllString(text, "VERSION") }
	return blank(old) == blank(new) && !anAddress.MatchString(old)
}

// alikeButVersions is sameButVersions for what was read of YAML.
func alikeButVersions(old, new any) bool {
	switch was := old.(type) {
	case map[string]any:
		is := kube.Map(new)
		return slices.Equal(slices.Sorted(maps.Keys(was)), slices.Sorted(maps.Keys(is))) && !slices.ContainsFunc(slices.Collect(maps.Keys(was)), func(k string) bool {
			return !alikeButVersions(was[k], is[k])
		})
	case []any:
		is := kube.List(new)
		return slices.EqualFunc(was, is, alikeButVersions)
	case string:
		is, ok := new.(string)
		return ok && sameButVersions(was, is)
	}
	return equal(old, new)
}

// settingsIn is the map or list that a text of one YAML document holds, or nil.
func settingsIn(text string) any {
	docs, faults := kube.Read("settings", []byte(text))
	if len(faults) > 0 || len(docs) != 1 {
		return nil
	}
	switch docs[0].Value.(type) {
	case map[string]any, []any:
		return docs[0].Value
	}
	return nil
}

// sameAPIs reports whether two texts with manifests in them name the same APIs.
func sameAPIs(old, new string) bool {
	return slices.Equal(anAPI.FindAllString(old, -1), anAPI.FindAllString(new, -1))
}
