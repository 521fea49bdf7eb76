package registry

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Proxy stands between a client and a server and treats connections badly.
type Proxy struct {
	Host   string
	to     string
	listen net.Listener
	mu     sync.Mutex
	plan   func() (cut int64, slow bool) // for the next connection: bytes until it is cut, 0 for never
}

// NewProxy forwards to a host. plan is asked once for each connection, one after the other.
func NewProxy(to string, plan func() (cut int64, slow bool)) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Host: l.Addr().String(), to: to, listen: l, plan: plan}
	go p.serve()
	return p, nil
}

// Stop ends it.
func (p *Proxy) Stop() { p.listen.Close() }

func (p *Proxy) serve() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		cut, slow := p.plan()
		p.mu.Unlock()
		go p.forward(c, cut, slow)
	}
}

// forward passes bytes on in both directions until one of them ends, or is cut.
func (p *Proxy) forward(client net.Conn, cut int64, slow bool) {
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		client.Close()
		return
	}
	end := sync.OnceFunc(func() {
		client.Close()
		server.Close()
	})
	var there io.Reader = client
	if cut > 0 {
		there = io.LimitReader(there, cut)
	}
	if slow {
		there = &slowly{there}
	}
	go func() {
		_, _ = io.Copy(server, there)
		end()
	}()
	_, _ = io.Copy(client, server)
	end()
}

// slowly gives out at most about 40 MB in a second, in small pieces.
type slowly struct{ io.Reader }

// Read implements io.Reader.
func (s *slowly) Read(p []byte) (int, error) {
	time.Sleep(100 * time.Microsecond)
	return s.Reader.Read(p[:min(len(p), 4096)])
}

// badDays cuts some connections after some bytes and slows others, the same for the same seed.
func badDays(seed uint64) func() (int64, bool) {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func() (int64, bool) {
		if rng.IntN(3) > 0 {
			return 0, rng.IntN(4) == 0
		}
		return 1 + rng.Int64N(1<<uint(8+rng.IntN(14))), false
	}
}
