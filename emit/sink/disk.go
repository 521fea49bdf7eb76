package sink

import (
	"os"
	"path"
)

// disk changes what stands below a folder. Every change that the sink makes to a tree goes through it: tests end the
// run before any one of them, and look at what is left.
type disk struct {
	root  *os.Root
	fault func(op, name string) error
}

func (k disk) before(op, name string) error {
	if k.fault == nil {
		return nil
	}
	return k.fault(op, name)
}

func (k disk) mkdirAll(name string) error {
	if err := k.before("mkdir", name); err != nil {
		return err
	}
	return k.root.MkdirAll(name, 0o777)
}

func (k disk) chmod(name string, mode os.FileMode) error {
	if err := k.before("chmod", name); err != nil {
		return err
	}
	return k.root.Chmod(name, mode)
}

// write makes a new file and the folders above it.
func (k disk) write(name string, data []byte) error {
	if err := k.mkdirAll(path.Dir(name)); err != nil {
		return err
	}
	f, err := k.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err := k.before("write", name); err != nil {
		_, _ = f.Write(data[:len(data)/2]) // as a process leaves it that is killed here
		_ = f.Close()
		return err
	}
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func (k disk) link(from, to string) error {
	if err := k.mkdirAll(path.Dir(to)); err != nil {
		return err
	}
	if err := k.before("link", to); err != nil {
		return err
	}
	return k.root.Link(from, to)
}

func (k disk) rename(from, to string) error {
	if err := k.before("rename", to); err != nil {
		return err
	}
	return k.root.Rename(from, to)
}

func (k disk) remove(name string) error {
	if err := k.before("remove", name); err != nil {
		return err
	}
	return k.root.Remove(name)
}

func (k disk) removeAll(name string) error {
	if err := k.before("removeAll", name); err != nil {
		return err
	}
	return k.root.RemoveAll(name)
}

// prune removes the folders above a file that was deleted, as far as they are empty.
func (k disk) prune(name string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if k.remove(dir) != nil {
			return
		}
	}
}
