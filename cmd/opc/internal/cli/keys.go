package cli

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// signKeyFlag names the key that signs what is published.
func signKeyFlag() cli.Flag {
	return &cli.StringFlag{Name: "sign-key", Usage: "sign with the key in `FILE`, or in a variable as env://NAME; its password is in COSIGN_PASSWORD"}
}

// signKey reads the key of --sign-key; nil for none.
func signKey(c *cli.Context, env Env) (*sign.Key, diag.List) {
	name := c.String("sign-key")
	if name == "" {
		return nil, nil
	}
	text, err := keyText(env, name)
	if err != nil {
		return nil, unusable(name, err)
	}
	password := env.Getenv("COSIGN_PASSWORD")
	key, err := sign.LoadKey(text, password)
	if err == nil {
		return key, nil
	}
	diags := unusable(name, err)
	if strings.Contains(string(text), "ENCRYPTED") {
		diags[0] = diags[0].WithHint("set COSIGN_PASSWORD to its password")
		if password == "" {
			diags[0] = diags[0].WithHint("put its password into COSIGN_PASSWORD")
		}
	}
	return nil, diags
}

// keyText reads a key: from a file, or, as cosign does, from a variable of the environment.
func keyText(env Env, name string) ([]byte, error) {
	if variable, ok := strings.CutPrefix(name, "env://"); ok {
		text := env.Getenv(variable)
		if text == "" {
			return nil, errors.New("the variable is empty")
		}
		return []byte(text), nil
	}
	text, err := os.ReadFile(absolute(env, name))
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return text, err
}

func unusable(name string, err error) diag.List {
	return diag.List{diag.Errorf(diag.KeyUnusable, "", "the key %s can't be used: %v", name, err)}
}

// chartKeyFlags name the PGP key that signs the chart; they are helm package's, with helm in front.
func chartKeyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "helm-key", Usage: "write a provenance file of the chart, signed with the PGP key of `NAME`"},
		&cli.StringFlag{Name: "helm-keyring", Usage: "find the key in `FILE`, as gpg --export-secret-keys writes it"},
		&cli.StringFlag{Name: "helm-passphrase-file", Usage: "open the key with the first line of `FILE`"},
	}
}

// chartKey reads the key of --helm-key; nil for none.
func chartKey(c *cli.Context, env Env) (*sign.ChartKey, diag.List, error) {
	name, keyring := c.String("helm-key"), c.String("helm-keyring")
	switch {
	case name == "" && keyring == "" && !c.IsSet("helm-passphrase-file"):
		return nil, nil, nil
	case name == "" || keyring == "":
		return nil, nil, usagef(c, "--helm-key says whose key of --helm-keyring signs the chart: both are needed")
	}
	ring, err := keyText(env, keyring)
	if err != nil {
		return nil, unusable(keyring, err), nil
	}
	var passphrase []byte
	if file := c.String("helm-passphrase-file"); file != "" {
		if passphrase, err = keyText(env, file); err != nil {
			return nil, unusable(file, err), nil
		}
		passphrase, _, _ = bytes.Cut(passphrase, []byte("\n"))
		passphrase = bytes.TrimSuffix(passphrase, []byte("\r"))
	}
	key, err := sign.LoadChartKey(ring, name, passphrase)
	if err != nil {
		return nil, unusable(keyring, err), nil
	}
	return key, nil, nil
}
