package render

import (
	"io"
	"net/url"
	"slices"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// The part of SARIF 2.1.0 that findings need.
// See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Help  string    `json:"helpUri"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		// Prints identify the result over time; the key names how they are made.
		Prints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)

// SARIF prints findings in the Static Analysis Results Interchange Format, for code scanning services.
func SARIF(w io.Writer, list diag.List, sources Sources) error {
	return SARIFOf(diag.Rules())(w, list, sources)
}

// SARIFOf is SARIF for findings that other rules document.
func SARIFOf(rules []diag.Rule) Format {
	return func(w io.Writer, list diag.List, sources Sources) error { return sarif(w, list, sources, rules) }
}

func sarif(w io.Writer, list diag.List, sources Sources, rules []diag.Rule) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: tool, InformationURI: "https://github.com/opc-project/opc", Rules: sarifRules(list, rules)}
	for _, d := range list {
		result := sarifResult{RuleID: string(d.Code), Level: d.Severity.String(), Message: sarifText{escape.Message(d.Message)}, Prints: map[string]string{"opc/v1": d.Fingerprint()}}
		result.RuleIndex = slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == string(d.Code) })
		if d.Hint != "" {
			result.Message.Text += "\nhint: " + escape.Message(d.Hint)
		}
		if d.Pos.IsValid() {
			result.Locations = []sarifLocation{{Physical: physical(d.Pos, sources)}}
		}
		for i, r := range d.Related {
			if r.Pos.IsValid() {
				l := sarifLocation{ID: &i, Physical: physical(r.Pos, sources), Message: &sarifText{escape.Message(r.Message)}}
				result.Related = append(result.Related, l)
			}
		}
		run.Results = append(run.Results, result)
	}
	schema := "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	return encode(w, sarifLog{Schema: schema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifRules documents the codes that occur, in order.
func sarifRules(list diag.List, all []diag.Rule) []sarifRule {
	rules := []sarifRule{}
	for _, r := range all {
		if slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == r.Code }) {
			rules = append(rules, sarifRule{ID: string(r.Code), Help: r.Code.URL(), Short: sarifText{r.Title}, Full: sarifText{r.Why}})
		}
	}
	return rules
}

// physical is a place as SARIF has it: a URI, and a column that counts characters.
func physical(pos diag.Pos, sources Sources) sarifPhysical {
	uri := (&url.URL{Path: pos.File}).EscapedPath()
	return sarifPhysical{Artifact: sarifArtifact{URI: uri}, Region: sarifRegion{Line: pos.Line, Column: column(pos, sources)}}
}
