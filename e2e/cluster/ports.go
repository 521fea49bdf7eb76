package cluster

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
	"syscall"
	"time"
)

// Ports below those that the kernel gives to clients (net.ipv4.ip_local_port_range begins at 32768): a server that
// starts seconds after its port was chosen must not find a connection there.
const firstPort, lastPort = 10000, 32000

// held keeps the locks of ports until the process ends.
var held struct {
	sync.Mutex
	files []*os.File
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
		file, err := keep(filepath.Join(dir, fmt.Sprint(port)))
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return nil, err
		}
		held.files = append(held.files, file)
		if listen("127.0.0.1", port) == nil {
			out = append(out, port)
		}
	}
	return nil, errors.New("no port of loopback is free")
}

// HoldPort keeps a port that can't be chosen from other runs on the machine, and waits until it is free.
func HoldPort(ctx context.Context, port int) (release func(), err error) {
	dir, err := portsDir()
	if err != nil {
		return nil, err
	}
	for {
		file, err := keep(filepath.Join(dir, strconv.Itoa(port)))
		if err == nil {
			if err = listen("", port); err == nil {
				return func() { file.Close() }, nil
			}
			file.Close()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the port %d: %w", port, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// portsDir is the folder of the locks.
func portsDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "opc-e2e-ports")
	return dir, os.MkdirAll(dir, 0o777)
}

// listen tries whether a port is free.
func listen(host string, port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err == nil {
		err = listener.Close()
	}
	return err
}

// keep locks a file, or says EWOULDBLOCK where another holds it.
func keep(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDONLY, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
