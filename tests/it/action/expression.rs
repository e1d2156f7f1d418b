//! Expressions of GitHub Actions, as far as `action.yml` uses them: names, texts, `==`, `!=`, `!`, `&&`, `||`,
//! parentheses and `always()`.

use std::collections::BTreeMap;

/// What names stand for.
#[derive(Debug, Default)]
pub(super) struct Scope(BTreeMap<String, String>);

impl Scope {
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        self.0.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    /// What is not known is empty, unless it cannot be at all.
    fn value(&self, name: &str) -> String {
        let known = ["inputs.", "steps.", "github.", "runner."].iter().any(|start| name.starts_with(start));
        assert!(known, "unknown name {name}");
        assert!(!name.starts_with("inputs.") || self.0.contains_key(name), "no input {name}");
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// `text` with each `${{ }}` in it replaced by what it stands for.
pub(super) fn filled(text: &str, scope: &Scope, passed: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (inside, after) = behind.split_once("}}").expect("an expression ends");
        out.push_str(before);
        out.push_str(&evaluate(inside, scope, passed));
        rest = after;
    }
    out + rest
}

/// Whether `condition` holds.
pub(super) fn truth(condition: &str, scope: &Scope, passed: bool) -> bool {
    !evaluate(condition, scope, passed).is_empty()
}

/// False is the empty text.
fn evaluate(text: &str, scope: &Scope, passed: bool) -> String {
    let mut reader = Reader { rest: text.trim(), scope, passed };
    let value = reader.or();
    assert_eq!(reader.rest, "", "in {text}");
    value
}

struct Reader<'a> {
    rest: &'a str,
    scope: &'a Scope,
    passed: bool,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> String {
        let mut value = self.and();
        while self.eat("||") {
            let other = self.and();
            value = if value.is_empty() { other } else { value };
        }
        value
    }

    fn and(&mut self) -> String {
        let mut value = self.equal();
        while self.eat("&&") {
            let other = self.equal();
            value = if value.is_empty() { value } else { other };
        }
        value
    }

    fn equal(&mut self) -> String {
        let value = self.one();
        let said = |holds: bool| if holds { "true".to_owned() } else { String::new() };
        if self.eat("==") {
            let other = self.one();
            return said(value.eq_ignore_ascii_case(&other));
        }
        if self.eat("!=") {
            let other = self.one();
            return said(!value.eq_ignore_ascii_case(&other));
        }
        value
    }

    fn one(&mut self) -> String {
        if self.eat("(") {
            let value = self.or();
            assert!(self.eat(")"));
            return value;
        }
        if self.eat("always()") {
            return "true".to_owned();
        }
        if self.eat("success()") {
            return if self.passed { "true".to_owned() } else { String::new() };
        }
        if let Some(rest) = self.rest.strip_prefix('\'') {
            let (text, rest) = rest.split_once('\'').expect("a text ends");
            self.rest = rest.trim_start();
            return text.to_owned();
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        assert!(!name.is_empty(), "a name is missing before {}", self.rest);
        self.rest = rest.trim_start();
        self.scope.value(name)
    }
}

#[test]
fn expressions() {
    let mut scope = Scope::default();
    scope.set("inputs.a", "x");
    scope.set("inputs.b-c", "");
    assert_eq!(filled("[${{ inputs.a }}${{inputs.b-c}}]", &scope, true), "[x]");
    assert_eq!(filled("${{ inputs.b-c == 'y' && 'one' || steps.s.outcome }}", &scope, true), "");
    assert_eq!(filled("${{ inputs.a == 'X' && 'one' || 'two' }}", &scope, true), "one");
    assert!(truth("inputs.a != 'y' && (inputs.b-c == '' || inputs.b-c)", &scope, true));
    assert!(!truth("success()", &scope, false) && truth("always()", &scope, false));
}
