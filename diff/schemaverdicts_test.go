package diff

import "testing"

// TestSchemaVerdicts holds which changes of a field only let in more, and which refuse something.
func TestSchemaVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                Verdict
		rules               string
	}{
		{"longer integers", "{type: integer, format: int32}", "{type: integer, format: int64}", Minor, "CRD119"},
		{"shorter integers", "{type: integer, format: int64}", "{type: integer, format: int32}", Major, "CRD118"},
		{"format that says nothing new", "{type: integer}", "{type: integer, format: int64}", Patch, "CRD138"},
		{"format of others", "{type: string}", "{type: string, format: colour-name}", Patch, "CRD138"},
		{"format of another type", "{type: string}", "{type: string, format: int32}", Patch, "CRD138"},
		{"name of an object", "{type: string}", "{type: string, format: k8s-short-name}", Major, "CRD118"},
		{"any uuid", "{type: string, format: uuid4}", "{type: string, format: uuid}", Minor, "CRD119"},
		{"one kind of uuid", "{type: string, format: uuid}", "{type: string, format: uuid4}", Major, "CRD118"},
		{"fractions too", "{type: integer}", "{type: number}", Minor, "CRD137 !CRD107"},
		{"no fractions", "{type: number}", "{type: integer}", Major, "CRD107"},
		{"texts too", "{type: integer, format: int32}", "{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}", Minor, "CRD137 !CRD107 !CRD131"},
		{"texts that must match", "{type: integer}", "{x-kubernetes-int-or-string: true, pattern: '^[0-9]+%$'}", Major, "CRD137 CRD114"},
		{"anything", "{type: object, properties: {a: {type: string}}}", "{x-kubernetes-preserve-unknown-fields: true}", Major, "CRD137 CRD101"},
		{"least of nothing", "{type: string}", "{type: string, minLength: 0}", None, "!CRD112"},
		{"more than zero", "{type: integer, minimum: 1}", "{type: integer, minimum: 0, exclusiveMinimum: true}", None, "!CRD112 !CRD113"},
		{"more than one", "{type: integer, minimum: 1}", "{type: integer, minimum: 1, exclusiveMinimum: true}", Major, "CRD112"},
		{"more than a half", "{type: number, minimum: 1}", "{type: number, minimum: 0.5, exclusiveMinimum: true}", Minor, "CRD113 !CRD112"},
		{"less than before", "{type: number, maximum: 1}", "{type: number, maximum: 1, exclusiveMaximum: true}", Major, "CRD112"},
		{"every second of the multiples", "{type: integer, multipleOf: 4}", "{type: integer, multipleOf: 2}", Minor, "CRD113 !CRD112"},
		{"other multiples", "{type: integer, multipleOf: 4}", "{type: integer, multipleOf: 6}", Major, "CRD112"},
		{"values of any type", "{type: object, additionalProperties: {type: string}}", "{type: object, additionalProperties: true}", Minor, "CRD128 !CRD127"},
		{"one more alternative", "{type: object, anyOf: [{required: [a]}]}", "{type: object, anyOf: [{required: [b]}, {required: [a]}]}", Minor, "CRD132 !CRD131"},
		{"one alternative less", "{type: object, anyOf: [{required: [a]}, {required: [b]}]}", "{type: object, anyOf: [{required: [b]}]}", Major, "CRD131"},
		{"one condition less", "{type: integer, allOf: [{minimum: 1}, {maximum: 9}]}", "{type: integer, allOf: [{minimum: 1}]}", Minor, "CRD132 !CRD131"},
		{"one more of which one must hold", "{type: object, oneOf: [{required: [a]}]}", "{type: object, oneOf: [{required: [a]}, {required: [b]}]}", Major, "CRD131"},
		{"null becomes the default", "{type: string, nullable: true, default: a}", "{type: string, default: a}", Minor, "CRD139 !CRD116"},
		{"no null", "{type: string, nullable: true}", "{type: string}", Major, "CRD116"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeExample(t, Example{In: "properties", Before: "size: " + c.before, After: "size: " + c.after})
			expect(t, r, c.want, c.rules)
		})
	}
}
