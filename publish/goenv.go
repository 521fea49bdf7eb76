package publish

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// goSettings are the settings of the Go tool that are let in, from the environment or from what `go env -w` wrote: where
// its caches are, and how modules are downloaded, whose content go.sum fixes. GOTOOLCHAIN is one, since some machines
// cannot download a toolchain; the version that was used is in the provenance.
var goSettings = []string{
	"GOAUTH", "GOCACHE", "GOCACHEPROG", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE", "GOPROXY", "GOSUMDB",
	"GOTMPDIR", "GOTOOLCHAIN", "GOVCS",
}

// letIn are the other variables that the Go tool gets: what finds programs, folders and certificates, and what downloads
// of modules with git need. All others, that may be secrets of the pipeline or settings of the compiler, stay out.
var letIn = []string{
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NETRC", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
	"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT",
	"TMP", "TEMP", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PROGRAMDATA", "HOMEDRIVE", "HOMEPATH",
}

// baseEnv is what a build gets from the environment.
func baseEnv(environ []string, settings map[string]string) []string {
	out := []string{"GOENV=off"} // else the tool reads there what is not set, or set to nothing
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		upper := strings.ToUpper(name) // proxies are named in both cases, and Windows knows none
		if slices.Contains(letIn, upper) || strings.HasPrefix(upper, "GIT_CONFIG_KEY_") || strings.HasPrefix(upper, "GIT_CONFIG_VALUE_") {
			out = append(out, v)
		}
	}
	for _, name := range goSettings {
		if v := settings[name]; v != "" {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// readGoSettings asks the Go tool for the settings that are let in, in a folder outside of any module, which could name
// another toolchain.
func readGoSettings(ctx context.Context, dir string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"env", "-json"}, goSettings...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GO111MODULE=on", "GOWORK=off", "GOFLAGS=")
	data, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New("go env: " + strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, err
	}
	out := map[string]string{}
	return out, json.Unmarshal(data, &out)
}
