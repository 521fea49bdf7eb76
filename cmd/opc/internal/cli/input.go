package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/target"
	"github.com/opc-project/opc/verify"
)

// inputUsage is how commands that take descriptions say so.
const inputUsage = "[DESCRIPTION | FOLDER | FOLDER/...]..."

// inputFlags change how a description is read.
func inputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "tag", Aliases: []string{"t"}, Usage: "set `KEY=VALUE` for CUE's @tag(KEY); may be repeated"},
		&cli.StringSliceFlag{Name: "set", Usage: "replace a field, `PATH=VALUE`, such as manager.replicas=2; may be repeated"},
	}
}

// targetFlag chooses targets.
func targetFlag() cli.Flag {
	return &cli.StringFlag{Name: "only", Usage: "only these `TARGETS`, separated by commas (see opc targets)"}
}

// verifyFlags say how what was compiled is judged.
func verifyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "profile", Usage: "apply the rules of `PROFILES`, too, separated by commas: " + strings.Join(profileNames(), ", ")},
		boolFlag("strict", "fail on warnings, too"),
	}
}

// profileNames are the values of --profile.
func profileNames() []string {
	var names []string
	for _, p := range verify.Profiles() {
		names = append(names, p[0])
	}
	return names
}

// profilesOf reads --profile.
func profilesOf(c *cli.Context) ([]verify.Profile, error) {
	var out []verify.Profile
	for name := range strings.SplitSeq(c.String("profile"), ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if !slices.Contains(profileNames(), name) {
			return nil, usagef(c, "there is no profile %q; expected %s%s", name, alternatives(profileNames()), meant(name, profileNames()))
		}
		out = append(out, verify.Profile(name))
	}
	return out, nil
}

// verifyOptions reads the flags that say how what was compiled is judged, and for compile whether it is.
func verifyOptions(c *cli.Context, opts *build.Options) error {
	var err error
	opts.Strict = c.Bool("strict")
	opts.Profiles, err = profilesOf(c)
	opts.Unverified = c.Bool("no-verify")
	if err == nil && opts.Unverified && (opts.Strict || len(opts.Profiles) > 0) {
		return usagef(c, "--strict and --profile configure the verification, and --no-verify skips it")
	}
	return err
}

// inputOptions reads the flags that change how descriptions are compiled.
func inputOptions(c *cli.Context, env Env, mode build.Mode) (build.Options, error) {
	opts := build.Options{
		Mode: mode, Cwd: env.Dir, Today: env.Now().Format(time.DateOnly),
		Tags: c.StringSlice("tag"), Set: c.StringSlice("set"), Targets: all.Targets,
		Catalogs: catalogImagesOf(env),
	}
	for _, s := range opts.Set {
		if path, _, ok := strings.Cut(s, "="); !ok || path == "" {
			return opts, usagef(c, "--set takes path=value, not %q", s)
		}
	}
	if !c.IsSet("only") {
		return opts, nil
	}
	opts.Targets, opts.Own, opts.Partial = []*emit.Target{}, []string{}, true
	for name := range strings.SplitSeq(c.String("only"), ",") {
		name = strings.TrimSpace(name)
		if t := emit.Named(all.Targets, name); t != nil {
			opts.Targets = append(opts.Targets, t)
		} else {
			opts.Own = append(opts.Own, name)
		}
	}
	return opts, nil
}

// checkOnly refuses names of --only that are neither targets of opc nor stand beside one of the descriptions.
func checkOnly(c *cli.Context, opts build.Options, inputs []build.Input) error {
	known := targetNames()
	for _, in := range inputs {
		known = append(known, target.Names(os.DirFS(in.Dir))...)
	}
	known = unique(known)
	for _, name := range opts.Own {
		if !slices.Contains(known, name) {
			return usagef(c, "there is no target %q; expected %s%s", name, alternatives(known), meant(name, known))
		}
	}
	return nil
}

// unique leaves out what a list has already.
func unique(list []string) []string {
	var out []string
	for _, e := range list {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

func targetNames() []string {
	var names []string
	for _, t := range all.Targets {
		names = append(names, t.Name)
	}
	return names
}

// absolute returns a path of the command line as an absolute one.
func absolute(env Env, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(env.Dir, path)
}
