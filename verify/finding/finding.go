// Package finding is what judges say: of a part of an object, or of a place in a file, until it has a position.
package finding

import (
	"fmt"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Finding is what a judge has to say: of a part of an object, or of a place in a file.
type Finding struct {
	Code     diag.Code
	Severity diag.Severity
	Object   *kube.Object // nil when the finding is about At
	Pointer  string       // into Object.Tree
	At       kube.Place
	Path     diag.Path   // where the description says it; "" where only Object or At tells
	Line     int         // of the file, where the text could not be read as YAML
	Who, Via string      // of a comparison: which install, for people, and which installer it is one of; told once for each of these
	Set      []diag.Path // features and parameters of the description that are not at their default there
	With     string      // settings under which it is found, such as webhook.enabled=false; "" for the defaults
	Message  string
	Hint     string
	Fix      string // what to do in a description; where it is empty, or there is none, Hint holds
}

// Of makes a finding about a part of an object.
func Of(o *kube.Object, code diag.Code, severity diag.Severity, pointer, format string, args ...any) Finding {
	return Finding{Code: code, Severity: severity, Object: o, Pointer: pointer, Message: fmt.Sprintf(format, args...)}
}

// InFile makes a finding about a place that is no object.
func InFile(at kube.Place, code diag.Code, severity diag.Severity, format string, args ...any) Finding {
	return Finding{Code: code, Severity: severity, At: at, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns f with what to do.
func (f Finding) WithHint(format string, args ...any) Finding {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

// WithFix returns f with what to do in a description, in its own words.
func (f Finding) WithFix(format string, args ...any) Finding {
	f.Fix = fmt.Sprintf(format, args...)
	return f
}

// With notes under which settings findings were made.
func With(settings string, findings []Finding) []Finding {
	for i := range findings {
		findings[i].With = settings
	}
	return findings
}

// Under notes which features and parameters were changed where findings were made.
func Under(set []diag.Path, findings []Finding) []Finding {
	for i := range findings {
		findings[i].Set = set
	}
	return findings
}

// Place is where the finding is.
func (f Finding) Place() kube.Place {
	if f.Object == nil {
		return f.At
	}
	return f.Object.Place(f.Pointer)
}

// Text is the whole sentence: the object, then what is wrong with it.
func (f Finding) Text() string {
	text := f.Message
	if f.Who != "" {
		text = f.Who + " " + text
	}
	if f.Object == nil || f.Object.Kind() == "" {
		return text
	}
	return f.Object.ID().String() + ": " + text
}
