package schema

import (
	"encoding/json"
	"reflect"

	"github.com/opc-project/opc/schema/diag"
)

// ReadAPI reads what users are told about an API from a file of its own: the fields are those that stand below apis in
// a description. at is the path of the file.
func ReadAPI(tree map[string]any, at diag.Path) (API, diag.List) {
	var out API
	c := &checker{}
	c.value(at, operator().field("apis").typ.each, tree)
	if c.diags.HasErrors() {
		return out, c.diags
	}
	data, err := json.Marshal(tree)
	if err == nil {
		err = decode(data, &out)
	}
	if err != nil {
		return out, append(c.diags, diag.Errorf(diag.Internal, at, "an API passed the schema but not its Go mirror: %v", err))
	}
	plainNumbers(reflect.ValueOf(&out))
	return out, c.diags
}
