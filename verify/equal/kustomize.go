package equal

var kustomizeRules = []Rule{
	{
		ID: "kustomize-patches", Installer: Kustomize, What: "Raw patches of an overlay.",
		Why:   "The description says them for kustomize alone. The overlay is built a second time without them and compared so.",
		apply: func(c *Case) bool { return len(c.Overlay.Patches) > 0 },
	},
	{
		ID: "kustomize-raw", Installer: Kustomize, What: "The raw overlay on kustomization.yaml.",
		Why:   "It can hold any transformer and is said for kustomize alone. The overlay is built a second time without it and compared so.",
		apply: func(c *Case) bool { return len(c.Model.Kustomize.Kustomization) > 0 },
	},
}
