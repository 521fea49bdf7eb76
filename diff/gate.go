package diff

// Gate says which findings fail a run. Those that block a release fail it with any gate.
type Gate string

// The gates. GateVersion holds the version number to what changed; it is the default.
const (
	GateMajor   Gate = "major"
	GateMinor   Gate = "minor"
	GateVersion Gate = "version"
)

// Profile adds a judge whose word fails a run by itself.
type Profile string

// OLMv1 is the profile of those who ship by OLM v1, which refuses upgrades of CRDs that crdify objects to.
const OLMv1 Profile = "olm-v1"

// Against returns the findings that fail a run: none if the report passes. Waived ones never do.
func (r *Report) Against(gate Gate, profile Profile) []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if f.Waived != nil {
			continue
		}
		fails := false
		switch gate {
		case GateMajor:
			fails = f.Verdict == Major
		case GateMinor:
			fails = f.Verdict >= Minor
		default:
			_, fits := demand(r.Old.Version, r.New.Version, f.Verdict)
			fails = !fits
		}
		fails = fails || f.Blocking
		if fails || profile == OLMv1 && f.Blocks {
			out = append(out, f)
		}
	}
	return out
}

// Count counts the findings of a verdict, waived ones left out.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, f := range r.Findings {
		if f.Verdict == v && f.Waived == nil {
			n++
		}
	}
	return n
}

// Blocking counts the findings that no version number makes up for.
func (r *Report) Blocking() int {
	n := 0
	for _, f := range r.Findings {
		if f.Rule.Blocking && f.Waived == nil {
			n++
		}
	}
	return n
}

// Blocked counts the findings for which OLM v1 refuses the upgrade.
func (r *Report) Blocked() int {
	n := 0
	for _, f := range r.Findings {
		if f.Blocks {
			n++
		}
	}
	return n
}

// Version is the verdict in words: which version the changes demand, and whether the new one is that.
func (r *Report) Version() string {
	switch {
	case r.Demands == "" && len(r.Findings) == 0:
		return "nothing changed for the people who run the operator"
	case r.Demands == "":
		return "no version number is required"
	case !r.Fits:
		return "version " + r.New.Version + " is too low: the changes require at least " + r.Demands
	case r.Blocking() > 0:
		return "findings block the release whatever its version number: fix them, or accept them with a reason"
	}
	return "version " + r.New.Version + " fits: the changes require at least " + r.Demands
}
