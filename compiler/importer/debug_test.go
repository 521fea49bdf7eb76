package importer

import (
	"fmt"
	"os"
)

func init() {
	if os.Getenv("OPC_DEBUG") != "" {
		debug = func(a ...any) { fmt.Println(a...) }
	}
}
