package plane

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// NoAssets is the error for a machine without the programs of a control plane. It names the one command that gets them.
type NoAssets struct {
	Looked []string // folders
	Lacks  string   // the program that none of them has
}

// GetAssets is the command that downloads the programs and prints the folder where they are.
const GetAssets = "go run sigs.k8s.io/controller-runtime/tools/setup-envtest@latest use -p path"

func (e *NoAssets) Error() string {
	return fmt.Sprintf("there is no %s in %s: run\n  export KUBEBUILDER_ASSETS=$(%s)\nand try again, or name a folder with --assets", e.Lacks, strings.Join(e.Looked, ", "), GetAssets)
}

// Assets finds etcd and kube-apiserver: in the given folder, or else where $KUBEBUILDER_ASSETS says, and where projects of
// kubebuilder keep them, the newest version first.
func Assets(given string, getenv func(string) string, project string) (Programs, error) {
	folders := []string{given}
	if given == "" {
		folders = nil
		if dir := getenv("KUBEBUILDER_ASSETS"); dir != "" {
			folders = append(folders, dir)
		}
		for _, pattern := range []string{"bin/k8s/*", "bin/k8s/k8s/*", "testbin/bin"} {
			found, _ := filepath.Glob(filepath.Join(project, pattern)) // an error is one of the pattern
			slices.SortFunc(found, newer)
			folders = append(folders, found...)
		}
		folders = append(folders, "/usr/local/kubebuilder/bin") // where envtest looks
	}
	lacks := "etcd"
	for _, dir := range folders {
		p := Programs{Etcd: program(dir, "etcd"), APIServer: program(dir, "kube-apiserver")}
		if p.Etcd != "" && p.APIServer != "" {
			return p, nil
		}
		if p.Etcd != "" {
			lacks = "kube-apiserver"
		}
	}
	return Programs{}, &NoAssets{Looked: folders, Lacks: lacks}
}

// newer orders folders such as 1.36.0-linux-amd64 by their versions, the newest first.
func newer(a, b string) int {
	return compareVersions(filepath.Base(b), filepath.Base(a))
}

func compareVersions(a, b string) int {
	var x, y [3]int
	_, _ = fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2]) // what is no version comes last
	_, _ = fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2])
	return slices.Compare(x[:], y[:])
}

// program is the path of a program in a folder; "" where there is none that can be run.
func program(dir, name string) string {
	path, err := filepath.Abs(filepath.Join(dir, name))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return ""
	}
	return path
}
