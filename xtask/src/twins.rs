//! The twins of functions, row types and views: the same for uuid and for text ids.
//!
//! What has an id of type `bigint` in `sql/*.sql` has twins, which differ in the type of the ids,
//! in their names and in what their comments say of themselves. A function's ids are its `bigint`
//! arguments, and its result where `/* id */` follows; a row type's are the columns of [`ID_COLUMNS`].

use std::collections::BTreeSet;

use crate::lexer::{Kind, Token, statements};
use crate::project::{Project, Result, write as write_file};
use crate::script;

/// The folder of the files that are written.
const FOLDER: &str = "sql/twins/";

/// Columns of row types that are ids, where they are of type `bigint`.
const ID_COLUMNS: [&str; 2] = ["tenant_id", "parent_id"];

/// What follows a result that is an id, or an array of them.
const ID_RESULT: &str = "/* id */";

/// What a line of SQL may be wide.
const WIDTH: usize = 100;

/// A type of ids that twins are for.
pub(crate) struct Flavor {
    id_type: &'static str,
    /// What a comment says after `Twin of tenant_cost for `.
    ids: &'static str,
}

pub(crate) const FLAVORS: [Flavor; 2] = [
    Flavor { id_type: "uuid", ids: "uuid ids" },
    Flavor { id_type: "text", ids: "ids as text, of every source" },
];

impl Flavor {
    fn file(&self) -> String {
        format!("{FOLDER}{}.sql", self.id_type)
    }

    fn name(&self, name: &str) -> String {
        format!("{name}_{}", self.id_type)
    }
}

/// A statement of a file that is written by hand.
struct Statement<'a> {
    tokens: Vec<Token<'a>>,
    /// The texts of the tokens, without blanks and comments.
    words: Vec<&'a str>,
}

impl<'a> Statement<'a> {
    fn new(tokens: Vec<Token<'a>>) -> Self {
        let meant = |token: &&Token<'a>| !matches!(token.kind, Kind::Space | Kind::Comment);
        let words = tokens.iter().filter(meant).map(|token| token.text).collect();
        Self { tokens, words }
    }

    /// The kind and the name of the object that the statement creates.
    fn created(&self) -> Option<(&'a str, &'a str)> {
        match self.words[..] {
            ["CREATE", kind, name, ..] => Some((kind, name)),
            _ => None,
        }
    }

    /// The kind and the name of the object that the statement comments on.
    fn commented(&self) -> Option<(&'a str, &'a str)> {
        match self.words[..] {
            ["COMMENT", "ON", kind, name, ..] => Some((kind, name)),
            _ => None,
        }
    }

    /// Whether the object that is created has twins, given those before it that have.
    fn has_twins(&self, twinned: &BTreeSet<&str>) -> bool {
        match self.created() {
            Some(("VIEW", _)) => self.words.iter().any(|word| twinned.contains(word)),
            _ => (0..self.tokens.len()).any(|index| self.is_id(index)),
        }
    }

    /// Whether a token is the type of an id.
    fn is_id(&self, index: usize) -> bool {
        if self.tokens[index].text != "bigint" {
            return false;
        }
        let (before, after) = self.tokens.split_at(index);
        match self.created() {
            Some(("FUNCTION", _)) => {
                let is_argument = !before.iter().any(|token| token.text == ")");
                is_argument || after.iter().any(|token| token.text == ID_RESULT)
            }
            Some(("TYPE", _)) => {
                let column = before.iter().rev().find(|token| token.kind == Kind::Word);
                column.is_some_and(|column| ID_COLUMNS.contains(&column.text))
            }
            _ => false,
        }
    }
}

/// A file of the script that is written by hand.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

fn sources(project: &Project) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for name in script::listed(project)? {
        if !name.starts_with(FOLDER) {
            let text = project.read(&name)?;
            sources.push(Source { name, text });
        }
    }
    Ok(sources)
}

/// The text of the file of twins of one flavor.
pub(crate) fn generate(sources: &[Source], flavor: &Flavor) -> Result<String> {
    let mut files = Vec::new();
    for Source { name, text } in sources {
        let parsed = statements(text).map_err(|error| format!("{name}: {error}"))?;
        files.push((name, parsed.into_iter().map(Statement::new).collect::<Vec<_>>()));
    }

    let mut twinned = BTreeSet::new();
    for statement in files.iter().flat_map(|(_, statements)| statements) {
        if let Some((_, name)) = statement.created().filter(|_| statement.has_twins(&twinned)) {
            twinned.insert(name);
        }
    }

    let mut text = format!(
        "-- Twins for {}.\n\
         -- Made of the objects in the other files: change those, and run cargo xtask sql.\n",
        flavor.ids
    );
    for (name, statements) in &files {
        let twins = Twins { flavor, twinned: &twinned };
        let twins: String = statements.iter().filter_map(|statement| twins.of(statement)).collect();
        if !twins.is_empty() {
            text += &format!("\n-- {name}\n{twins}");
        }
    }
    Ok(text)
}

/// Makes one flavor's statements of the bigint ones.
struct Twins<'a> {
    flavor: &'a Flavor,
    /// The names of the objects that have twins.
    twinned: &'a BTreeSet<&'a str>,
}

impl Twins<'_> {
    /// The twin of a statement, after a blank line if it begins an object.
    fn of(&self, statement: &Statement<'_>) -> Option<String> {
        if let Some((_, name)) = statement.created() {
            return self.twinned.contains(name).then(|| self.object(statement));
        }
        let (kind, name) = statement.commented()?;
        let object = if kind == "COLUMN" { name.rsplit_once('.')?.0 } else { name };
        self.twinned.contains(object).then(|| self.comment(statement, kind, name))
    }

    /// The name as the twin has it, if it is that of an object with twins.
    fn renamed(&self, word: &str) -> String {
        if self.twinned.contains(word) { self.flavor.name(word) } else { word.to_owned() }
    }

    fn object(&self, statement: &Statement<'_>) -> String {
        let mut text = String::from("\n");
        for (index, token) in statement.tokens.iter().enumerate() {
            match token.kind {
                Kind::Word if statement.is_id(index) => text += self.flavor.id_type,
                Kind::Word => text += &self.renamed(token.text),
                Kind::Comment => text.truncate(text.trim_end().len()),
                _ => text += token.text,
            }
        }
        text + "\n"
    }

    fn comment(&self, statement: &Statement<'_>, kind: &str, name: &str) -> String {
        let said = literal(&statement.tokens);
        match kind {
            "COLUMN" => {
                let (row, column) = name.rsplit_once('.').unwrap_or((name, ""));
                comment_on(kind, &format!("{}.{column}", self.renamed(row)), &said)
            }
            "FUNCTION" => {
                let plain = name.rsplit_once('.').map_or(name, |(_, plain)| plain);
                let said = format!("{said} Twin of {plain} for {}.", self.flavor.ids);
                let arguments = self.argument_types(statement);
                comment_on(kind, &format!("{}{arguments}", self.renamed(name)), &said)
            }
            _ => comment_on(kind, &self.renamed(name), &self.naming_twins(&said)),
        }
    }

    /// The list of types after a function's name, with its parentheses; empty if there is none.
    fn argument_types(&self, statement: &Statement<'_>) -> String {
        let signature = statement.tokens.iter().skip_while(|token| token.text != "(");
        let signature = signature.take_while(|token| token.text != "IS");
        let types = signature.map(|token| match token.text {
            "bigint" => self.flavor.id_type,
            other => other,
        });
        types.collect::<String>().trim_end().to_owned()
    }

    /// The sentence with the twins' names instead of those of the functions that have twins.
    fn naming_twins(&self, sentence: &str) -> String {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut text = String::new();
        for word in sentence.split_inclusive(|c| !is_name(c)) {
            let name = word.trim_end_matches(|c| !is_name(c));
            let schemas = ["@extschema@", "tenant_metrics"];
            let is_twinned = |schema| self.twinned.contains(format!("{schema}.{name}").as_str());
            text += name;
            if schemas.into_iter().any(is_twinned) {
                text += &format!("_{}", self.flavor.id_type);
            }
            text += &word[name.len()..];
        }
        text
    }
}

/// The value of a statement's only string, which may be continued on further lines.
fn literal(tokens: &[Token<'_>]) -> String {
    let mut value = String::new();
    let mut before = Kind::Space;
    for token in tokens {
        if token.kind == Kind::Literal {
            if before == Kind::Literal {
                value.push('\'');
            }
            value += token.text.trim_matches('\'');
        }
        before = token.kind;
    }
    value
}

/// A COMMENT statement of lines that are not too wide.
fn comment_on(kind: &str, object: &str, said: &str) -> String {
    let said = said.replace('\'', "''");
    let line = format!("COMMENT ON {kind} {object} IS '{said}';\n");
    if line.trim_end().len() <= WIDTH {
        return line;
    }
    let mut text = format!("COMMENT ON {kind} {object} IS");
    if text.len() > WIDTH {
        text = format!("COMMENT ON {kind}\n    {object} IS");
    }
    // Around the words of a line stand four blanks and two quotes, and a semicolon after the last.
    let room = WIDTH - 7;
    let mut lines: Vec<String> = Vec::new();
    for word in said.split_inclusive(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.trim_end().len() <= room => *line += word,
            _ => lines.push(word.to_owned()),
        }
    }
    for line in lines {
        text += &format!("\n    '{line}'");
    }
    text + ";\n"
}

/// Each file of twins with the text that it should have.
fn generated(project: &Project) -> Result<Vec<(String, String)>> {
    let sources = sources(project)?;
    FLAVORS.iter().map(|flavor| Ok((flavor.file(), generate(&sources, flavor)?))).collect()
}

/// Writes the files of twins.
pub(crate) fn write(project: &Project) -> Result<()> {
    for (name, text) in generated(project)? {
        write_file(&project.root.join(&name), &text)?;
        println!("{name}");
    }
    Ok(())
}

/// Fails if a file of twins is not what would be written.
pub(crate) fn check(project: &Project) -> Result<()> {
    for (name, text) in generated(project)? {
        if project.read(&name).ok().as_ref() != Some(&text) {
            return Err(format!(
                "{name} is not made of the other files of sql; run: cargo xtask sql"
            ));
        }
    }
    Ok(())
}
