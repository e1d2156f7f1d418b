//! The state of the server, and what it answers.

use std::collections::HashMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit, LogMessage,
    Notification as _, PublishDiagnostics,
};
use lsp_types::request::{CodeActionRequest, Initialize, Request as _, Shutdown};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DidChangeTextDocumentParams, DidOpenTextDocumentParams,
    LogMessageParams, MessageType, PublishDiagnosticsParams, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::lsp::actions::Target;
use crate::cli::lsp::diagnose::{Scanner, Seen, not_checked, path_of, uri_of};
use crate::cli::lsp::document::{Document, Encoding};
use crate::cli::lsp::frame::{self, Frame};

/// How long nothing is typed before a document is looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// Bytes of a document that is looked at while one types.
const DOCUMENT_MAX: usize = 4 << 20;

/// What the client may ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    Down,
}

/// A document that is open.
struct Open {
    uri: Uri,
    /// The same as the client writes it.
    name: String,
    language: String,
    version: i32,
    /// Its text; why there is none if it is too long, or if a change to it was lost.
    document: Result<Document, &'static str>,
    /// When it is to be looked at.
    due: Option<Instant>,
    /// What was found in it last.
    seen: Vec<Seen>,
}

/// Whether to go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Go,
    /// The client has said that it is the end; true if it had announced that.
    End(bool),
}

pub(super) struct Server<'a> {
    scanner: Scanner,
    out: &'a mut dyn Write,
    phase: Phase,
    encoding: Encoding,
    /// True if the client takes edits that are for one version.
    versioned: bool,
    /// The directory that is open.
    folder: Option<PathBuf>,
    documents: HashMap<String, Open>,
}

impl<'a> Server<'a> {
    pub(super) fn new(scanner: Scanner, out: &'a mut dyn Write) -> Self {
        Self {
            scanner,
            out,
            phase: Phase::New,
            encoding: Encoding::default(),
            versioned: false,
            folder: None,
            documents: HashMap::new(),
        }
    }

    /// How long until a document is to be looked at; nothing if none is.
    pub(super) fn wait(&self) -> Option<Duration> {
        let first = self.documents.values().filter_map(|open| open.due).min()?;
        Some(first.saturating_duration_since(now()))
    }

    /// Looks at the document that is to be looked at first.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn look(&mut self) -> io::Result<()> {
        let due = self.documents.iter().filter_map(|(uri, open)| Some((open.due?, uri)));
        let Some((_, uri)) = due.min() else { return Ok(()) };
        let uri = uri.clone();
        self.diagnose(&uri)
    }

    /// Looks at a document, and says what is found.
    fn diagnose(&mut self, uri: &str) -> io::Result<()> {
        let Some(open) = self.documents.get_mut(uri) else { return Ok(()) };
        open.due = None;
        open.seen = match &open.document {
            Ok(document) => {
                // A panic is a bug of ours; it must not end the server for the other documents.
                let folder = self.folder.as_deref();
                let looked =
                    catch_unwind(AssertUnwindSafe(|| self.scanner.look(&open.uri, document, folder)));
                looked.unwrap_or_else(|_| vec![not_checked("a check broke; please report this as a bug")])
            }
            Err(why) => vec![not_checked(why)],
        };
        let diagnostics = open.seen.iter().map(|seen| seen.diagnostic.clone()).collect();
        // Of a change that was lost the version is unknown.
        let version = open.document.is_ok().then_some(open.version);
        let (uri, name) = (open.uri.clone(), open.name.clone());
        self.publish(&PublishDiagnosticsParams { uri, diagnostics, version }, &name)
    }

    fn publish(&mut self, params: &PublishDiagnosticsParams, name: &str) -> io::Result<()> {
        let mut said = json!(params);
        restore(&mut said, params.uri.as_str(), name);
        frame::write(self.out, Notification::new(PublishDiagnostics::METHOD.to_owned(), said))
    }

    /// Notes that a message about the document `name` was lost; without a name, about any of them. What it holds is
    /// unknown until its whole text comes in again.
    fn lose(&mut self, name: Option<String>, why: &'static str) {
        let (document, due) = (Err(why), Some(now()));
        let Some(name) = name else {
            self.documents.values_mut().for_each(|open| (open.document, open.due) = (Err(why), due));
            return;
        };
        let (uri, language) = (uri_of(&name), String::new());
        let open = Open { name, language, version: 0, document, due, seen: Vec::new(), uri };
        self.documents.insert(open.uri.as_str().to_owned(), open);
    }

    /// Takes what the client sent.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn take(&mut self, frame: Frame) -> io::Result<Flow> {
        match frame {
            // It may have been a change to any of them.
            Frame::Unreadable => {
                self.lose(None, UNREADABLE);
                frame::write_unreadable(self.out)?;
            }
            Frame::TooLong => {
                self.lose(None, "a message was too long; save it, or close it and open it again")
            }
            Frame::Message(Message::Response(_)) => {}
            Frame::Message(Message::Notification(notification)) => return self.hear(notification),
            Frame::Message(Message::Request(request)) => {
                let id = request.id.clone();
                let answer = match self.answer(request)? {
                    Ok(result) => Response { id, response_result: Ok(result) },
                    Err((code, message)) => refusal(id, code, message),
                };
                frame::write(self.out, answer)?;
            }
        }
        Ok(Flow::Go)
    }

    fn answer(&mut self, request: Request) -> io::Result<Result<Value, (ErrorCode, &'static str)>> {
        const WRONG: (ErrorCode, &str) =
            (ErrorCode::InvalidParams, "the parameters are not those of this method");
        Ok(match (self.phase, request.method.as_str()) {
            (Phase::New, Initialize::METHOD) => Ok(self.initialize(&request.params)),
            (Phase::New, _) => Err((ErrorCode::ServerNotInitialized, "`initialize` comes first")),
            (Phase::Down, _) => Err((ErrorCode::InvalidRequest, "the server is shut down")),
            (Phase::Running, Initialize::METHOD) => {
                Err((ErrorCode::InvalidRequest, "the server is initialized already"))
            }
            (Phase::Running, Shutdown::METHOD) => {
                self.phase = Phase::Down;
                self.documents.clear();
                Ok(Value::Null)
            }
            (Phase::Running, CodeActionRequest::METHOD) => {
                let mut params = request.params;
                let name = take_name(&mut params);
                // Diagnostics of others may be anything, and what is offered does not depend on them.
                params.pointer_mut("/context/diagnostics").into_iter().for_each(|all| *all = json!([]));
                match (parsed::<CodeActionParams>(params), name) {
                    (Some(params), Some(name)) => {
                        let mut offered = json!(self.actions(&params)?);
                        restore(&mut offered, params.text_document.uri.as_str(), &name);
                        Ok(offered)
                    }
                    _ => Err(WRONG),
                }
            }
            (Phase::Running, _) => Err((ErrorCode::MethodNotFound, "this method is not offered")),
        })
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.phase = Phase::Running;
        let encodings = params.pointer("/capabilities/general/positionEncodings").and_then(Value::as_array);
        self.encoding = Encoding::of(encodings.into_iter().flatten().filter_map(Value::as_str));
        let versioned = params.pointer("/capabilities/workspace/workspaceEdit/documentChanges");
        self.versioned = versioned.and_then(Value::as_bool).unwrap_or(false);
        let folder = params.pointer("/workspaceFolders/0/uri").or_else(|| params.get("rootUri"));
        let folder = folder.and_then(Value::as_str).and_then(|uri| path_of(&uri_of(uri)));
        self.folder = folder.filter(|folder| folder.is_dir());
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.kind(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": true } },
                "codeActionProvider": { "codeActionKinds": [CodeActionKind::QUICKFIX] },
            },
            "serverInfo": { "name": "bartizan", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// Takes what needs no answer. What a document holds is unknown if a message about it cannot be read; other
    /// messages that cannot be read are passed over, as the protocol wants it.
    fn hear(&mut self, notification: Notification) -> io::Result<Flow> {
        let Notification { method, mut params } = notification;
        let name = take_name(&mut params);
        match (self.phase, method.as_str()) {
            (phase, Exit::METHOD) => return Ok(Flow::End(phase == Phase::Down)),
            (Phase::Running, DidOpenTextDocument::METHOD) => match (parsed(params), name) {
                (Some(DidOpenTextDocumentParams { text_document: item }), Some(name)) => {
                    let open = Open {
                        document: document(item.text, self.encoding),
                        uri: item.uri,
                        name,
                        language: item.language_id,
                        version: item.version,
                        due: Some(now()),
                        seen: Vec::new(),
                    };
                    self.documents.insert(open.uri.as_str().to_owned(), open);
                }
                (_, None) => self.log("a document that was opened is not checked: it has no address")?,
                (_, name) => self.lose(name, UNREADABLE),
            },
            (Phase::Running, DidChangeTextDocument::METHOD) => match parsed(params) {
                Some(params) => self.change(params),
                None => self.lose(name, UNREADABLE),
            },
            (Phase::Running, DidSaveTextDocument::METHOD) => {
                let lost = name.and_then(|name| self.documents.get_mut(uri_of(&name).as_str()));
                if let (Some(open), Some(text)) = (lost, params.get("text").and_then(Value::as_str))
                    && open.document.is_err()
                {
                    open.document = document(text.to_owned(), self.encoding);
                }
                // What was saved may be the settings or the baseline.
                self.documents.values_mut().for_each(|open| open.due = Some(now()));
            }
            (Phase::Running, DidCloseTextDocument::METHOD) => {
                if let Some(name) = name {
                    let (uri, diagnostics, version) = (uri_of(&name), Vec::new(), None);
                    self.documents.remove(uri.as_str());
                    self.publish(&PublishDiagnosticsParams { uri, diagnostics, version }, &name)?;
                }
            }
            _ => {}
        }
        Ok(Flow::Go)
    }

    /// Says something that belongs to no document.
    fn log(&mut self, message: &str) -> io::Result<()> {
        let params = LogMessageParams { typ: MessageType::WARNING, message: message.to_owned() };
        frame::write(self.out, Notification::new(LogMessage::METHOD.to_owned(), params))
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let Some(open) = self.documents.get_mut(params.text_document.uri.as_str()) else { return };
        open.version = params.text_document.version;
        open.due = Some(now() + PAUSE);
        for change in params.content_changes {
            match &mut open.document {
                _ if change.range.is_none() => open.document = document(change.text, self.encoding),
                Ok(document) => document.change(change),
                Err(_) => {}
            }
        }
        if open.document.as_ref().is_ok_and(|document| document.text.len() > DOCUMENT_MAX) {
            open.document = Err(TOO_LONG);
        }
    }

    fn actions(&mut self, params: &CodeActionParams) -> io::Result<Vec<CodeAction>> {
        let wants = |kind: &CodeActionKind| {
            let kind = kind.as_str();
            kind.is_empty() || kind == CodeActionKind::QUICKFIX.as_str()
        };
        if params.context.only.as_ref().is_some_and(|only| !only.iter().any(wants)) {
            return Ok(Vec::new());
        }
        let uri = params.text_document.uri.as_str();
        if self.documents.get(uri).is_some_and(|open| open.due.is_some()) {
            // What was found before may stand elsewhere by now.
            self.diagnose(uri)?;
        }
        let Some(open) = self.documents.get(uri) else { return Ok(Vec::new()) };
        let Ok(document) = &open.document else { return Ok(Vec::new()) };
        let (uri, version, language, versioned) = (&open.uri, open.version, &*open.language, self.versioned);
        Ok(Target { uri, version, language, document, versioned }.actions(&open.seen, params.range))
    }
}

const UNREADABLE: &str = "a message about it could not be read; save it, or close it and open it again";
const TOO_LONG: &str = "it is longer than 4 MiB; `bartizan scan FILE` looks at it";

fn document(text: String, encoding: Encoding) -> Result<Document, &'static str> {
    if text.len() > DOCUMENT_MAX { Err(TOO_LONG) } else { Ok(Document::new(text, encoding)) }
}

fn parsed<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

/// The address of the document that a message is about, as the client writes it. In `params` one that can be read
/// takes its place.
fn take_name(params: &mut Value) -> Option<String> {
    let Value::String(uri) = params.pointer_mut("/textDocument/uri")? else { return None };
    let legal = uri_of(uri).as_str().to_owned();
    Some(std::mem::replace(uri, legal))
}

/// Puts the address that the client writes, `name`, in the place of `uri`.
fn restore(value: &mut Value, uri: &str, name: &str) {
    match value {
        _ if uri == name => {}
        Value::Array(all) => all.iter_mut().for_each(|one| restore(one, uri, name)),
        Value::Object(fields) => {
            if let Some(edits) = fields.get_mut("changes").and_then(Value::as_object_mut)
                && let Some(its) = edits.remove(uri)
            {
                edits.insert(name.to_owned(), its);
            }
            for (key, field) in fields {
                match field {
                    Value::String(text) if key == "uri" && text == uri => *text = name.to_owned(),
                    _ => restore(field, uri, name),
                }
            }
        }
        _ => {}
    }
}

fn refusal(id: RequestId, code: ErrorCode, message: &str) -> Response {
    Response::new_err(id, code as i32, message.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "when a document is looked at does not change what is found")]
fn now() -> Instant {
    Instant::now()
}
