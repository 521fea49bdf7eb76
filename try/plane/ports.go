package plane

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Ports below those that the kernel gives to clients (net.ipv4.ip_local_port_range begins at 32768): a server that
// starts seconds after its port was chosen must not find a connection there.
const firstPort, lastPort = 10000, 32000

// held keeps the locks of ports until the process ends.
var held struct {
	sync.Mutex
	locks []*flock.Flock
}

// FreePorts chooses ports of loopback on which nothing listens. They are kept from other runs on the machine until this
// process ends, by a lock on a file of each port's name.
func FreePorts(n int) ([]int, error) {
	dir, err := portsDir()
	if err != nil {
		return nil, err
	}
	held.Lock()
	defer held.Unlock()
	var out []int
	for range 1000 {
		if len(out) == n {
			return out, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		lock, err := keep(filepath.Join(dir, fmt.Sprint(port)))
		if errors.Is(err, errHeld) {
			continue
		}
		if err != nil {
			return nil, err
		}
		held.locks = append(held.locks, lock)
		if listen("127.0.0.1", port) == nil {
			out = append(out, port)
		}
	}
	return nil, errors.New("no port of loopback is free")
}

// HoldPort keeps a port that can't be chosen from other runs on the machine, and waits until it is free.
func HoldPort(ctx context.Context, port int) (release func(), err error) {
	return hold(ctx, port, func() error { return listen("", port) })
}

// ClaimPort keeps a port from other runs on the machine, whether it is free or not.
func ClaimPort(ctx context.Context, port int) (release func(), err error) {
	return hold(ctx, port, func() error { return nil })
}

func hold(ctx context.Context, port int, free func() error) (release func(), err error) {
	dir, err := portsDir()
	if err != nil {
		return nil, err
	}
	for {
		lock, err := keep(filepath.Join(dir, strconv.Itoa(port)))
		if err == nil {
			if err = free(); err == nil {
				return func() { _ = lock.Close() }, nil
			}
			_ = lock.Close()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the port %d: %w", port, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// portsDir is the folder of the locks: one for each user, since one can't lock another's files.
func portsDir() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("opc-ports-%d", os.Getuid()))
	return dir, os.MkdirAll(dir, 0o700)
}

// listen tries whether a port is free.
func listen(host string, port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err == nil {
		err = listener.Close()
	}
	return err
}

// errHeld says that another holds a lock.
var errHeld = errors.New("the port is held by another run")

// keep locks a file, or says errHeld.
func keep(name string) (*flock.Flock, error) {
	lock := flock.New(name, flock.SetPermissions(0o666))
	got, err := lock.TryLock()
	if err == nil && !got {
		err = errHeld
	}
	return lock, err
}
