//! Parses XML to a tree, without recursion; no entity is expanded and nothing is fetched.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::mistake::{Grade, Mistakes, short};
use crate::parse::tree::{DEPTH_MAX, Id, Key, Kind, NODES_MAX, Tree};

/// The text of an element.
enum Own {
    Nothing,
    Piece(usize, usize),
    Made(String),
}

/// An open element.
struct Open {
    id: Id,
    own: Own,
}

/// Parses the whole text as one element; `None` if it is not XML.
pub(super) fn read<'a>(text: &'a str, mistakes: &mut Mistakes) -> Option<Tree<'a>> {
    let mut building = Building { tree: Tree::new(text, true), open: Vec::new(), entities: false };
    match building.run(mistakes) {
        Ok(()) => Some(building.tree),
        Err((at, message)) => {
            mistakes.push(at, Grade::Unreadable, message);
            None
        }
    }
}

struct Building<'a> {
    tree: Tree<'a>,
    open: Vec<Open>,
    /// True once entities were reported.
    entities: bool,
}

impl<'a> Building<'a> {
    fn run(&mut self, mistakes: &mut Mistakes) -> Result<(), (usize, String)> {
        let text = self.tree.text;
        let mut reader = Reader::from_str(text);
        loop {
            let start = reader.buffer_position() as usize;
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = reader.error_position() as usize;
                    return Err((at, format!("is not XML: {}", short(&error.to_string()))));
                }
            };
            let end = reader.buffer_position() as usize;
            match event {
                Event::Start(tag) => self.start(&tag, start, mistakes)?,
                Event::Empty(tag) => {
                    self.start(&tag, start, mistakes)?;
                    self.end(end);
                }
                Event::End(_) => self.end(end),
                Event::Text(_) => self.piece(start, end, text.get(start..end).unwrap_or_default()),
                Event::CData(_) => {
                    let inner = (start + "<![CDATA[".len(), end.saturating_sub("]]>".len()));
                    self.piece(inner.0, inner.1, text.get(inner.0..inner.1).unwrap_or_default());
                }
                Event::GeneralRef(reference) => self.reference(&reference, start, mistakes),
                Event::DocType(declaration) => {
                    if memchr::memmem::find(declaration.as_bytes(), b"<!ENTITY").is_some() {
                        self.entity(start, mistakes, "defines entities, which are not expanded".to_owned());
                    }
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if !self.open.is_empty() {
            return Err((text.len(), "ends in the middle: the file may have been cut off".to_owned()));
        }
        if self.tree.root().is_none() { Err((0, "holds no element".to_owned())) } else { Ok(()) }
    }

    fn start(
        &mut self,
        tag: &BytesStart<'a>,
        at: usize,
        mistakes: &mut Mistakes,
    ) -> Result<(), (usize, String)> {
        if self.open.is_empty() && self.tree.root().is_some() {
            return Err((at, "has more behind its end: it is two documents, or none".to_owned()));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err((at, format!("is nested deeper than {DEPTH_MAX} levels")));
        }
        if self.tree.is_full() {
            return Err((at, format!("holds more than {NODES_MAX} values")));
        }
        let name = self.local(tag.name().0);
        let id = self.tree.push(Kind::Object, name, at, at);
        self.open.push(Open { id, own: Own::Nothing });
        for attribute in tag.attributes().with_checks(false) {
            if self.tree.is_full() {
                return Err((at, format!("holds more than {NODES_MAX} values")));
            }
            let Ok(attribute) = attribute else {
                return Err((at, "has an attribute that is none: it lacks its value or quotes".to_owned()));
            };
            if attribute.key.0.starts_with("xmlns") {
                continue;
            }
            let key = self.local(attribute.key.0);
            match self.place(&attribute.value) {
                Some((start, end)) if !attribute.value.contains('&') => {
                    self.tree.push(Kind::Plain, key, start, end);
                }
                _ => {
                    let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                        Ok(value) => value.into_owned(),
                        Err(_) => {
                            let message = "refers to an entity that is not built in: it is not expanded";
                            self.entity(at, mistakes, message.to_owned());
                            attribute.value.into_owned()
                        }
                    };
                    self.tree.push_made(key, value);
                }
            }
        }
        Ok(())
    }

    /// The range of a piece of the text.
    fn place(&self, piece: &str) -> Option<(usize, usize)> {
        let start = (piece.as_ptr() as usize).checked_sub(self.tree.text.as_ptr() as usize)?;
        let end = start + piece.len();
        (self.tree.text.get(start..end) == Some(piece)).then_some((start, end))
    }

    /// The name without its namespace, as a key.
    fn local(&self, name: &str) -> Option<Key> {
        let local = name.rsplit(':').next().unwrap_or(name);
        let (start, end) = self.place(local)?;
        Some((start as u32, end as u32, false))
    }

    fn end(&mut self, at: usize) {
        let Some(Open { id, own }) = self.open.pop() else { return };
        let plain = self.tree.len() == id + 1;
        match own {
            Own::Nothing => self.tree.close(id, at),
            Own::Piece(start, end) if plain => self.tree.make_string(id, Kind::Plain, start, end),
            Own::Made(text) if plain => {
                let number = self.tree.keep(text);
                self.tree.make_string(id, Kind::Made, number, number);
            }
            own => {
                match own {
                    Own::Piece(start, end) => self.tree.push(Kind::Plain, None, start, end),
                    Own::Made(text) => self.tree.push_made(None, text),
                    Own::Nothing => id,
                };
                self.tree.close(id, at);
            }
        }
    }

    /// Adds text to the open element.
    fn piece(&mut self, start: usize, end: usize, piece: &str) {
        let text = self.tree.text;
        let Some(open) = self.open.last_mut() else { return };
        match &mut open.own {
            Own::Nothing if piece.trim().is_empty() => {}
            Own::Nothing => open.own = Own::Piece(start, end),
            Own::Piece(from, to) => {
                let mut made = text.get(*from..*to).unwrap_or_default().to_owned();
                made.push_str(piece);
                open.own = Own::Made(made);
            }
            Own::Made(made) => made.push_str(piece),
        }
    }

    /// Adds a reference: `&amp;`, `&#38;`.
    fn reference(&mut self, reference: &quick_xml::events::BytesRef<'_>, at: usize, mistakes: &mut Mistakes) {
        let name: &str = reference;
        let resolved = match reference.resolve_char_ref() {
            Ok(Some(c)) => Some(c.to_string()),
            Ok(None) => quick_xml::escape::resolve_predefined_entity(name).map(str::to_owned),
            Err(_) => None,
        };
        let replaced = resolved.unwrap_or_else(|| {
            let message = format!("refers to `&{};`, which is not built in: it is not expanded", short(name));
            self.entity(at, mistakes, message);
            format!("&{name};")
        });
        let text = self.tree.text;
        let Some(open) = self.open.last_mut() else { return };
        match &mut open.own {
            Own::Made(made) => made.push_str(&replaced),
            own => {
                let mut made = match *own {
                    Own::Piece(from, to) => text.get(from..to).unwrap_or_default().to_owned(),
                    _ => String::new(),
                };
                made.push_str(&replaced);
                *own = Own::Made(made);
            }
        }
    }

    /// Reports entities, once.
    fn entity(&mut self, at: usize, mistakes: &mut Mistakes, message: String) {
        if !std::mem::replace(&mut self.entities, true) {
            mistakes.push(at, Grade::Broken, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text() {
        let text = "<?xml version='1.0'?><!-- c --><x:a xmlns:x='u' k='1 &lt; 2'><b>one &amp; two</b>\
                    <c t='v'>own<![CDATA[<&]]></c><d/><e> </e></x:a>";
        let mut mistakes = Mistakes::default();
        let tree = read(text, &mut mistakes).unwrap();
        assert!(mistakes.finish(text).is_empty());
        assert_eq!(tree.raw_key(0), "a");
        assert_eq!(tree.member(0, "k").as_deref(), Some("1 < 2"));
        assert_eq!(tree.member(0, "b").as_deref(), Some("one & two"));
        let c = tree.get(0, "c").unwrap();
        assert_eq!(tree.member(c, "t").as_deref(), Some("v"));
        assert_eq!(tree.text(c).as_deref(), Some("own<&"));
        assert_eq!(tree.member(0, "d"), None);
        assert_eq!(tree.member(0, "e"), None);
    }

    #[test]
    fn entities_are_told_once_and_not_expanded() {
        let text = "<!DOCTYPE a [<!ENTITY x \"lol\"><!ENTITY y \"&x;&x;\"><!ENTITY z SYSTEM 'file:///etc/passwd'>]>\n\
                    <a b='&y;'><c>&y;&z;</c></a>";
        let mut mistakes = Mistakes::default();
        let tree = read(text, &mut mistakes).unwrap();
        assert_eq!(tree.member(0, "c").as_deref(), Some("&y;&z;"));
        let listed = mistakes.finish(text);
        assert_eq!(listed.len(), 1);
        assert!(listed[0].message.contains("entities"), "{listed:?}");
    }

    #[test]
    fn what_is_no_xml() {
        for bad in ["", "x", "<a>", "<a></b>", "<a/><b/>", "<a b></a>", "<a", "<a><![CDATA[</a>"] {
            let mut mistakes = Mistakes::default();
            assert!(read(bad, &mut mistakes).is_none(), "{bad}");
            assert_eq!(mistakes.finish(bad).len(), 1, "{bad}");
        }
        let deep = "<a>".repeat(10_000);
        let mut mistakes = Mistakes::default();
        assert!(read(&deep, &mut mistakes).is_none());
        assert!(mistakes.finish(&deep)[0].message.contains("deeper"));
    }
}
