package helm

// extraObjects lets the installer add objects to the release. Template actions in their texts are rendered, so that they
// can name what the release is called.
func (c *chart) extraObjects() {
	c.values.add(value{
		def: []any{}, schema: listOf(map[string]any{"type": "object", "required": []any{"apiVersion", "kind"}}),
		doc: "Additional Kubernetes objects to install. Template actions in their strings are rendered.",
	}, "extraObjects")
	c.add("templates/extra-objects.yaml", []byte("{{- range .Values.extraObjects }}\n---\n{{ tpl (toYaml .) $ }}\n{{- end }}\n"), root(""))
}
