//! HTML → text: table cells kept apart, hostile nesting refused.

use std::panic::catch_unwind;
use std::rc::Rc;

use html2text::Handle;

use super::{body::MAX_TEXT, clean};

/// Most characters of HTML that are rendered.
const MAX_HTML: usize = 1_000_000;
/// With more tags they are taken out instead: a table of so many cells has no sense left, and takes much memory.
const MOST_TAGS: usize = 60_000;
/// Deeper nesting is stripped instead of rendered: the renderer keeps its place on the stack.
const DEEPEST: usize = 200;
/// Wide enough that no sentence is wrapped, narrow enough that a table's padding stays small.
const WIDTH: usize = 2_000;

/// The words of an HTML text. Where rendering is not possible the tags are taken out and no more.
pub(super) fn text(html: &str) -> String {
    let bounded: String = html.chars().take(MAX_HTML).collect();
    let crowded = memchr::memchr_iter(b'<', bounded.as_bytes()).count() > MOST_TAGS;
    let rendered = if crowded || depth(&bounded) > DEEPEST { None } else { rendered(&bounded) };
    let text = rendered.unwrap_or_else(|| stripped(&bounded));
    let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out = clean::block(&trimmed.join("\n"), MAX_TEXT);
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

fn rendered(html: &str) -> Option<String> {
    let render = || {
        let config =
            html2text::config::plain_no_decorate().no_table_borders().no_link_wrapping().allow_width_overflow();
        let dom = config.parse_html(html.as_bytes()).ok()?;
        // What counts is the tree as the parser built it, not the tags as they were written.
        let mut level = vec![Rc::clone(&dom.document)];
        for _ in 0..DEEPEST {
            level = level.iter().flat_map(|it| it.children.borrow().clone()).collect();
        }
        if !level.is_empty() {
            return None;
        }
        drop_hidden(&dom.document);
        let tree = config.dom_to_render_tree(&dom).ok()?;
        config.render_to_string(tree, WIDTH).ok()
    };
    catch_unwind(render).ok().flatten()
}

/// Takes out what no reader of the mail sees: newsletters hide there what shall stand in the list of mails only.
fn drop_hidden(document: &Handle) {
    let mut open = vec![Rc::clone(document)];
    while let Some(node) = open.pop() {
        node.children.borrow_mut().retain(|it| !is_hidden(it));
        open.extend(node.children.borrow().iter().map(Rc::clone));
    }
}

fn is_hidden(node: &Handle) -> bool {
    let html2text::Element { name, attrs, .. } = &node.data else {
        return false;
    };
    // A title may stand anywhere, in mails made of pieces.
    name.local.as_bytes() == b"title"
        || attrs.borrow().iter().any(|it| {
            let value: String = it.value.chars().take(2_000).filter(|it| !it.is_whitespace()).collect();
            let value = value.to_ascii_lowercase();
            let hides = ["display:none", "visibility:hidden", "mso-hide:all"];
            match it.name.local.as_bytes() {
                b"hidden" => true,
                b"style" => hides.iter().any(|it| value.contains(it)),
                _ => false,
            }
        })
}

/// `<meta charset=…>` or `<meta … content="text/html; charset=…">` near the start.
pub(super) fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(2_048))?).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let fits = |it: &char| it.is_ascii_alphanumeric() || "-_.:".contains(*it);
    let label: String = after.trim_start_matches(['"', '\'', ' ']).chars().take_while(fits).take(40).collect();
    Some(label).filter(|it| !it.is_empty())
}

/// How deep elements seem to be nested: a cheap look before the parser, whose time grows with the square of the depth.
/// A closing tag that does not fit the last open one counts for nothing, as in the parser's worst case.
fn depth(html: &str) -> usize {
    let mut open: Vec<String> = Vec::new();
    let mut most = 0_usize;
    let mut in_comment = false;
    for tag in html.split('<').skip(1) {
        in_comment = (in_comment || tag.starts_with("!--")) && !tag.contains("-->");
        if in_comment || most > DEEPEST {
            continue;
        }
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let name: String = name.chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
        let name = name.to_ascii_lowercase();
        if name.is_empty() || is_void(&name) {
            continue;
        }
        if !tag.starts_with('/') {
            open.push(name);
            most = most.max(open.len());
        } else if open.last() == Some(&name) {
            open.pop();
        }
    }
    most
}

fn is_void(name: &str) -> bool {
    // `p` and `li` and their like are often not closed, and close themselves.
    let implied = matches!(name, "p" | "li" | "tr" | "td" | "th" | "dt" | "dd" | "option");
    let void = matches!(name, "br" | "hr" | "img" | "meta" | "link" | "input" | "col" | "base" | "area" | "wbr");
    void || implied
}

/// Without the tags, styles, scripts and comments; block elements end a line.
fn stripped(html: &str) -> String {
    let mut out = String::new();
    let mut hidden: Option<String> = None;
    for (at, piece) in html.split('<').enumerate() {
        let (tag, words) = if at == 0 { ("", piece) } else { piece.split_once('>').unwrap_or((piece, "")) };
        let name: String = tag.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '/').take(12).collect();
        let name = name.to_ascii_lowercase();
        if let Some(until) = &hidden {
            if name.strip_prefix('/') != Some(until.as_str()) {
                continue;
            }
            hidden = None;
        }
        if matches!(name.as_str(), "style" | "script" | "title") {
            hidden = Some(name);
            continue;
        }
        if matches!(name.as_str(), "br" | "/p" | "/div" | "/tr" | "/li" | "/h1" | "/h2" | "/h3" | "/table") {
            out.push('\n');
        }
        if matches!(name.as_str(), "/td" | "/th") {
            out.push(' ');
        }
        out.push_str(&entities(&words.replace(['\r', '\n'], " ")));
    }
    out
}

fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_string();
    }
    let named = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |it, (from, to)| it.replace(from, to))
}
