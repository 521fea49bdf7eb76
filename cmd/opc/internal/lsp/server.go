// Package lsp is a language server for descriptions: it reports findings while people type, explains and completes
// fields, opens the files that a description names, and offers corrections. Read Serve first.
package lsp

import (
	"context"
	"errors"
	"io"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// Options are what the server needs from outside.
type Options struct {
	Version string
	Compile Compile // compiles a description
}

// Serve answers an editor until it says exit, closes the stream, or ctx is done. clean is false if the editor went away
// without saying shutdown first.
func Serve(ctx context.Context, in io.Reader, out io.Writer, opts Options) (clean bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{opts: opts, documents: map[string]*document{}, shown: map[string]map[string]bool{}, found: map[string][]reported{}, running: map[string]context.CancelFunc{}}
	conn := jsonrpc2.NewConn(jsonrpc2.NewHeaderStream(stream{in, out}))
	s.notify = func(method string, params any) { _ = conn.Notify(ctx, method, params) } // an editor that is gone needs no answer
	s.exit = cancel
	conn.Go(ctx, s.handle)
	select {
	case <-ctx.Done():
	case <-conn.Done():
	}
	cancel()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := conn.Err(); err != nil && !s.ended && !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) {
		return false, err
	}
	return s.ended, nil
}

// stream is the editor's side: its pipes close with the process.
type stream struct {
	io.Reader
	io.Writer
}

func (stream) Close() error { return nil }

// server is the state of one editor's session.
type server struct {
	opts   Options
	notify func(method string, params any)
	exit   func()
	work   sync.WaitGroup

	mu        sync.Mutex
	ended     bool
	documents map[string]*document       // open in the editor, by path
	shown     map[string]map[string]bool // by description: the files that findings of it are shown in
	found     map[string][]reported      // by file: the findings shown, for corrections
	running   map[string]context.CancelFunc
}

// document is a text as the editor has it.
type document struct {
	text    []byte
	version int
}

// handle answers one message. Notifications get no answer, and unknown ones are ignored, as the protocol says.
func (s *server) handle(ctx context.Context, req *jsonrpc2.Request) (any, error) {
	if req.Method() == "initialize" {
		return initializeResult{
			Capabilities: capabilities{
				TextDocumentSync:   syncOptions{OpenClose: true, Change: syncFull},
				HoverProvider:      true,
				DefinitionProvider: true,
				CompletionProvider: completionOptions{TriggerCharacters: []string{"\"", "/", ":", " "}},
				CodeActionProvider: codeActionOptions{CodeActionKinds: []string{quickFix}},
			},
			ServerInfo: serverInfo{"opc", s.opts.Version},
		}, nil
	}
	p, err := read[documentParams](req.Params())
	if err != nil && req.IsCall() {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, err.Error())
	}
	path := pathOf(p.TextDocument.URI)
	switch req.Method() {
	case "shutdown":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = true
		return nil, nil
	case "exit":
		s.exit()
	case "textDocument/didOpen":
		s.set(path, &document{[]byte(p.TextDocument.Text), p.TextDocument.Version})
		s.verified(path)
	case "textDocument/didChange":
		if n := len(p.ContentChanges); n > 0 {
			s.set(path, &document{[]byte(p.ContentChanges[n-1].Text), p.TextDocument.Version})
			s.typed(path)
		}
	case "textDocument/didSave":
		s.verified(path)
	case "textDocument/didClose":
		s.set(path, nil)
		s.verified(path)
	case "textDocument/hover":
		return answer(s.hover(path, p.Position))
	case "textDocument/completion":
		return s.complete(path, p.Position), nil
	case "textDocument/definition":
		return answer(s.definition(path, p.Position))
	case "textDocument/codeAction":
		return s.actions(path, p.Range), nil
	default:
		if req.IsCall() {
			return nil, jsonrpc2.ErrMethodNotFound
		}
	}
	return nil, nil
}

// answer is null where there is none.
func answer[T any](v *T) (any, error) {
	if v == nil {
		return nil, nil
	}
	return v, nil
}

func (s *server) set(path string, d *document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path == "" {
		return
	}
	if d == nil {
		delete(s.documents, path)
		return
	}
	s.documents[path] = d
}

// text is what the editor has, else what is on disk; nil where there is neither.
func (s *server) text(path string) []byte {
	s.mu.Lock()
	d := s.documents[path]
	s.mu.Unlock()
	if d != nil {
		return d.text
	}
	return onDisk(path)
}
