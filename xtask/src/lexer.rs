//! As much of SQL's lexical structure as the project's own files use.

use crate::project::Result;

/// What a piece of SQL is. Together the pieces are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Blanks and line ends.
    Space,
    /// `-- to the end of the line` or `/* inside of it */`.
    Comment,
    /// `'a string'`, with its quotes, or `$$a body$$`.
    Literal,
    /// A keyword, a number or a name with its dots, such as `@extschema@.tenant_cost`.
    Word,
    /// Any other character; a `;` ends a statement.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '@')
}

/// The length of the first piece of `text`, which is not empty.
fn first(text: &str) -> Option<(Kind, usize)> {
    let until = |end: &str, from: usize| text[from..].find(end).map(|at| from + at + end.len());
    let while_is = |is: fn(char) -> bool| text.find(|c| !is(c)).unwrap_or(text.len());
    let character = text.chars().next()?;
    if text.starts_with("--") {
        Some((Kind::Comment, text.find('\n').unwrap_or(text.len())))
    } else if text.starts_with("/*") {
        Some((Kind::Comment, until("*/", 2)?))
    } else if text.starts_with("$$") {
        Some((Kind::Literal, until("$$", 2)?))
    } else if character == '\'' {
        Some((Kind::Literal, until("'", 1)?))
    } else if character.is_whitespace() {
        Some((Kind::Space, while_is(char::is_whitespace)))
    } else if is_word(character) {
        Some((Kind::Word, while_is(is_word)))
    } else {
        Some((Kind::Other, character.len_utf8()))
    }
}

/// The pieces of a file.
fn tokens(text: &str) -> Result<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((kind, length)) = first(rest) else {
            let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
            return Err(format!("line {line}: what begins here has no end"));
        };
        let (text, after) = rest.split_at(length);
        tokens.push(Token { kind, text });
        rest = after;
    }
    Ok(tokens)
}

/// The statements of a file, without what stands between them.
pub(crate) fn statements(text: &str) -> Result<Vec<Vec<Token<'_>>>> {
    let mut statements = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    for token in tokens(text)? {
        let between = matches!(token.kind, Kind::Space | Kind::Comment);
        if !(between && statement.is_empty()) {
            statement.push(token);
        }
        if token.kind == Kind::Other && token.text == ";" {
            statements.push(std::mem::take(&mut statement));
        }
    }
    match statement.first() {
        Some(token) => Err(format!("the last statement, at {}, has no ;", token.text)),
        None => Ok(statements),
    }
}
