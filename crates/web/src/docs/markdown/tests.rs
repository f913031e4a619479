//! What Markdown becomes, and what hostile Markdown does not become.

use proptest::prelude::*;

use super::*;

fn rendered(markdown: &str) -> Rendered {
    let around = Around {
        path: "console/objects",
        exists: &|page| page == "aws" || page == "console/grants",
        picture: &|path| (path == "img/a.png").then(|| "/docs/assets/0011/img/a.png".to_owned()),
    };
    render(markdown, &around)
}

fn html(markdown: &str) -> String {
    rendered(markdown).html
}

#[test]
fn headings_have_the_anchors_that_code_hosts_give_them() {
    let page = rendered("# The `title`\n\n## A key, and its *end*\n\ntext\n\n## A key, and its end\n\n#### Deep\n");
    assert_eq!(page.title.as_deref(), Some("The title"));
    assert!(page.html.starts_with("<h1 id=\"the-title\">The <code>title</code></h1>"), "{}", page.html);
    assert!(page.html.contains("<h2 id=\"a-key-and-its-end\">A key, and its <em>end</em></h2>"));
    let shown: Vec<_> = page.headings.iter().map(|heading| (heading.level, heading.id.as_str())).collect();
    assert_eq!(shown, [(2, "a-key-and-its-end"), (2, "a-key-and-its-end-1")]);
    let sections: Vec<_> = page.sections.iter().map(|section| section.text.trim()).collect();
    assert_eq!(sections[1], "text");
    assert_eq!(sections.len(), 4, "the title, two headings on the page, and a deep one");
}

#[test]
fn code_can_be_copied_and_is_never_markup() {
    let out = html("```sh class=\"x\"\necho '<b>' && x\n```\n\n    <i>\n");
    let fenced = "<div class=\"copyable\"><pre tabindex=\"0\"><code class=\"language-sh\">echo &#39;&lt;b&gt;&#39; &amp;&amp; x\n</code></pre></div>";
    assert!(out.contains(fenced), "{out}");
    assert!(out.contains("<code>&lt;i&gt;\n</code>"), "{out}");
    assert!(html("```\"onload=x\ny\n```").contains("<pre tabindex=\"0\"><code>y"));
}

#[test]
fn the_alignment_of_a_column_is_a_class_and_no_style() {
    let out = html("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | `x\\|y` |\n");
    assert!(out.contains("<th scope=\"col\">a</th><th scope=\"col\" class=\"align-right\">b</th>"), "{out}");
    assert!(out.contains("<td>1</td><td class=\"align-right\">2</td><td class=\"align-center\"><code>x|y</code></td>"));
    assert!(!out.contains("style"));
}

#[test]
fn a_column_without_a_name_has_no_empty_heading() {
    let out = html("| | b |\n|--:|---|\n| | 2 |\n");
    assert!(out.contains("<thead><tr><td></td><th scope=\"col\">b</th></tr></thead>"), "{out}");
    assert!(out.contains("<tr><td class=\"align-right\"></td><td>2</td></tr>"), "{out}");
}

#[test]
fn links_lead_to_pages_of_the_manual_or_outside_or_nowhere() {
    let page = rendered(
        "[a](../aws.md#x) [b](grants.md) [c](#here) [d](https://example.com/?a&b) [*e*](javascript:alert) [f](none.md)",
    );
    let expected = "<p><a href=\"/docs/aws#x\">a</a> <a href=\"/docs/console/grants\">b</a> <a href=\"#here\">c</a> \
        <a href=\"https://example.com/?a&amp;b\" rel=\"noreferrer noopener\">d</a> <em>e</em> f</p>\n";
    assert_eq!(page.html, expected);
    assert_eq!(page.refused, ["javascript:alert", "none.md"]);
    assert_eq!(page.links.len(), 3);
}

#[test]
fn only_pictures_of_the_manual_are_shown() {
    let shown = html("![A *view* \"x\"](../img/a.png)");
    let expected = "<img src=\"/docs/assets/0011/img/a.png\" alt=\"A view &quot;x&quot;\" loading=\"lazy\">";
    assert_eq!(shown, format!("<p>{expected}</p>\n"));
    for away in
        ["https://example.com/a.png", "data:image/png;base64,AA", "//example.com/a.png", "../../a.png", "/a.png"]
    {
        assert_eq!(html(&format!("![words]({away})")), "<p>words</p>\n", "{away}");
    }
    assert_eq!(html("![a ![b](../img/a.png) c](../img/a.png)").matches("<img").count(), 1);
}

#[test]
fn footnotes_stand_at_the_end_in_the_order_of_their_references() {
    let out = html("One[^b] two[^a] again[^b].\n\n[^a]: Second <b>.\n\n[^b]: First.\n\n[^c]: Never.\n");
    let first = "<li id=\"fn-1\"><p>First.</p>\n<a class=\"footnote-back\" href=\"#fnref-1\"";
    assert!(out.contains(first), "{out}");
    assert!(out.contains("<li id=\"fn-2\"><p>Second &lt;b&gt;.</p>"), "{out}");
    assert_eq!(out.matches("id=\"fnref-1\"").count(), 1, "{out}");
    assert!(!out.contains("Never"), "{out}");
}

#[test]
fn raw_html_is_shown_as_text() {
    let page =
        rendered("<script>alert(1)</script>\n\nA <img src=x onerror=y> b <!-- c -->\n\n<!-- d --><b>\n\n<!-- e -->\n");
    assert!(page.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{}", page.html);
    assert!(page.html.contains("A &lt;img src=x onerror=y&gt; b"), "{}", page.html);
    assert!(
        page.html.contains("&lt;!-- d --&gt;&lt;b&gt;") && !page.html.contains("-- c") && !page.html.contains("-- e")
    );
    assert_eq!(page.refused.len(), 3);
    harmless(&page.html).unwrap();
}

#[test]
fn lists_keep_their_first_number_and_their_nesting() {
    let out = html("3. a\n4. b\n   - c\n\n> q\n\n~~d~~  \ne\n\n---\n");
    assert!(out.contains("<ol start=\"3\">\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n</ol>"), "{out}");
    assert!(out.contains("<blockquote>\n<p>q</p>\n</blockquote>") && out.contains("<del>d</del><br>e"), "{out}");
}

/// Elements and attributes that may come out, and no others.
const ELEMENTS: &[&str] = &[
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "blockquote",
    "ol",
    "ul",
    "li",
    "div",
    "pre",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "em",
    "strong",
    "del",
    "a",
    "img",
    "sup",
    "br",
    "hr",
    "section",
];
const ATTRIBUTES: &[&str] =
    &["id", "class", "tabindex", "role", "aria-label", "start", "scope", "href", "rel", "src", "alt", "loading"];
const VOID: &[&str] = &["img", "br", "hr"];

/// Reads the HTML as strictly as nothing else does: every tag of ours, every attribute in double
/// quotes, everything that is opened closed in turn.
fn harmless(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').ok_or_else(|| format!("no end: {piece}"))?;
        if after.contains('>') {
            return Err(format!("a bare > in {after}"));
        }
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return Err(format!("{closed} is closed and was not open: {html}"));
            }
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !ELEMENTS.contains(&name) {
            return Err(format!("element {name}"));
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
        harmless_attributes(attributes)?;
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?} in {html}")) }
}

fn harmless_attributes(mut rest: &str) -> Result<(), String> {
    while !rest.trim_start().is_empty() {
        let (name, value) = rest.trim_start().split_once("=\"").ok_or_else(|| format!("no value: {rest}"))?;
        let (value, after) = value.split_once('"').ok_or_else(|| format!("no end: {value}"))?;
        if !ATTRIBUTES.contains(&name) {
            return Err(format!("attribute {name}"));
        }
        let leads = ["/docs/", "#", "https://", "http://", "mailto:"];
        let lower = value.to_ascii_lowercase();
        if name == "href" && !leads.iter().any(|lead| lower.starts_with(lead)) {
            return Err(format!("link to {value}"));
        }
        if name == "src" && !value.starts_with("/docs/assets/") {
            return Err(format!("picture at {value}"));
        }
        rest = after;
    }
    Ok(())
}

#[test]
fn the_judge_of_hostile_markdown_finds_what_is_hostile() {
    let hostile = [
        "<script>x</script>",
        "<p style=\"x\"></p>",
        "<p onclick=\"x\"></p>",
        "<a href=\"javascript:x\"></a>",
        "<img src=\"https://example.com/a.png\">",
        "<p>",
        "<p></em></p>",
        "<p>></p>",
    ];
    for html in hostile {
        assert!(harmless(html).is_err(), "{html}");
    }
}

/// Pieces that meet in bad ways.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=x>",
        "<style>*{}</style>",
        "<!--",
        "-->",
        "](javascript:alert(1))",
        "](JAVA&#115;CRIPT:x)",
        "](data:text/html,x)",
        "](../aws.md)",
        "](<java\tscript:x>)",
        "[",
        "![",
        "](../img/a.png \"t\" onload=)",
        "](https://example.com/\"onclick=\"x)",
        "<https://example.com/'>",
        "<javascript:x>",
        "| a | b |\n|:-:|--:|\n| c | d |\n",
        "\n\n",
        "\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "# ",
        "## ",
        "```\"><script>\n",
        "```\n",
        "~~~ x y\n",
        "`",
        "[^a]",
        "\n[^a]: ",
        "*",
        "**",
        "_",
        "~~",
        "\\",
        "&quot;",
        "&lt;",
        "<",
        ">",
        "\"",
        "'",
        "\u{202e}",
        "\0",
        "\u{1f600}",
        "{#id .class onclick=x}",
        "$$x$$",
        "[x]: javascript:y\n",
        "[x]",
        "|",
        "---\n",
        "<a\nhref=x>",
        "</p>",
        "<p style=x>",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "[ -~]{0,8}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_markdown_yields_anything_but_the_allowed_elements(pieces in prop::collection::vec(piece(), 0..24)) {
        let markdown = pieces.concat();
        let page = rendered(&markdown);
        prop_assert!(harmless(&page.html).is_ok(), "{:?}: {markdown:?}", harmless(&page.html));
    }
}
