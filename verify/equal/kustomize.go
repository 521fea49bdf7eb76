package equal

var kustomizeRules = []Rule{
	{
		ID: "kustomize-patches", Installer: Kustomize, What: "Raw patches of an overlay.",
		Why:   "They apply to kustomize only. The overlay is built again without them, and that is compared.",
		apply: func(c *Case) bool { return len(c.Overlay.Patches) > 0 },
	},
	{
		ID: "kustomize-raw", Installer: Kustomize, What: "The raw overlay on kustomization.yaml.",
		Why:   "It applies to kustomize only, and can contain any transformer. The overlay is built again without it, and that is compared.",
		apply: func(c *Case) bool { return len(c.Model.Kustomize.Kustomization) > 0 },
	},
}
