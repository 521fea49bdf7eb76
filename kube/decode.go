package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// Decode reads the first document of a file into a Go value with JSON tags. An error names the line. A file without
// documents leaves the value as it is.
func Decode(name string, data []byte, into any) error { return decode(name, data, into, false) }

// DecodeKnown is Decode for a file of opc's own: a field that the value does not have is an error.
func DecodeKnown(name string, data []byte, into any) error { return decode(name, data, into, true) }

func decode(name string, data []byte, into any, known bool) error {
	docs, faults := Read(name, data)
	if len(faults) > 0 {
		return fmt.Errorf("line %d: %s", faults[0].Pos().Line, faults[0].Message)
	}
	if len(docs) == 0 {
		return nil
	}
	text, err := json.Marshal(docs[0].Value)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if known {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Encode writes a Go value with JSON tags as YAML, as Kubernetes' own tools do: fields in the order of the alphabet.
func Encode(v any) ([]byte, error) { return yaml.Marshal(v) }
