//! The template engine. Code that makes a text for a host or for Kubernetes calls [`render`]; no other module knows
//! minijinja.
//!
//! How a value is quoted depends on the name of the template alone, and no template can switch the quoting off:
//! * `*.yaml.j2`: every value becomes a whole double-quoted scalar (or JSON), so that a value can begin
//!   neither a key nor a document. Templates write `name: {{ 'x-' ~ name }}` and never `x-{{ name }}`.
//! * `*.html.j2`: a value is text of a page or of a quoted attribute, and brings neither an element nor an attribute.
//! * all other templates: a value is one line of text, unchanged. Only checked names may be values of such a template.

use anyhow::anyhow;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use serde::Serialize;

/// Instructions that one rendering may take. A loop over a host takes about ten: no real inventory comes near this
/// number, and a template that does not end fails at once.
const FUEL: u64 = 1_000_000;

/// The same for a page, which has some hundred instructions for each step of a run on a thousand hosts.
const FUEL_OF_A_PAGE: u64 = 50_000_000;

/// Fills in a template. `name` decides how values are quoted; `place` is the file's name in messages.
///
/// # Errors
/// The source is no template, or uses a value that `context` does not have; the error names the place and the line.
pub fn render(place: &str, name: &str, source: &str, context: impl Serialize) -> anyhow::Result<String> {
    let mut engine = Environment::new();
    // The use of these filters would be a mistake: the formatter below quotes every value once. Two filters make a text
    // of any length in one instruction, which the fuel does not bound.
    for filter in ["safe", "escape", "e", "tojson", "format", "indent"] {
        engine.remove_filter(filter);
    }
    // The engine's own functions, `namespace` for example, would stand in for a variable that is missing.
    let globals: Vec<String> = engine.globals().map(|(name, _)| name.to_owned()).collect();
    for global in globals {
        engine.remove_global(&global);
    }
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(match name.ends_with(".html.j2") {
        true => FUEL_OF_A_PAGE,
        false => FUEL,
    }));
    // Debug is on in a release build, too: without debug, an error does not name the undefined variable.
    engine.set_debug(true);
    engine.set_formatter(write_value);
    let rendered = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .and_then(|syntax| {
            engine.set_syntax(syntax);
            engine.add_template(name, source)?;
            engine.get_template(name)?.render(Serde(context))
        });
    rendered.map_err(|error| located(place, &error))
}

/// The engine's error as one line that begins with the file and the line of the mistake.
fn located(place: &str, error: &Error) -> anyhow::Error {
    let line = error.line().map(|line| format!(":{line}")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    anyhow!("{place}{line}: {}{detail}", error.kind())
}

/// Quotes a value by the template's name alone: `safe` strings and `autoescape` blocks do not change the quoting.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let text = match state.name() {
        name if name.ends_with(".yaml.j2") => yaml_scalar(value)?,
        name if name.ends_with(".html.j2") => html_text(value)?,
        _ => one_line(value)?,
    };
    out.write_str(&text).map_err(Error::from)
}

/// Writes a value as JSON, which is YAML except for some characters of strings: YAML takes these characters for line
/// breaks or does not allow them, and JSON allows them (YAML 1.2.2 §5.1; YAML 1.1 §5.4, which kubectl follows, for
/// U+0085, U+2028 and U+2029).
fn yaml_scalar(value: &Value) -> Result<String, Error> {
    let json =
        serde_json::to_string(value).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => text.push(c),
        }
        text
    }))
}

/// Writes a value as text of HTML. Line breaks and tabs stay, and every other character that HTML does not allow is replaced.
fn html_text(value: &Value) -> Result<String, Error> {
    if !matches!(value.kind(), ValueKind::String | ValueKind::Number) {
        return Err(Error::new(
            ErrorKind::NonPrimitive,
            format!("a {} cannot be put into a page as text", value.kind()),
        ));
    }
    let text = value.to_string();
    Ok(text.chars().fold(String::with_capacity(text.len()), |mut text, c| {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            '\n' | '\t' => text.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => text.push('\u{fffd}'),
            c => text.push(c),
        }
        text
    }))
}

fn one_line(value: &Value) -> Result<String, Error> {
    let text = value.to_string();
    if !matches!(value.kind(), ValueKind::String | ValueKind::Number) {
        return Err(Error::new(
            ErrorKind::NonPrimitive,
            format!("a {} cannot be put into a file as text", value.kind()),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("{text:?} has a control character"),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn render_source(name: &str, source: &str, context: impl Serialize) -> anyhow::Result<String> {
        render(&format!("templates/{name}"), name, source, context)
    }

    #[test]
    fn an_undefined_variable_is_an_error_that_names_file_line_and_expression() {
        for name in ["a.yaml.j2", "a.sh.j2"] {
            let error = render_source(name, "a: 1\nb: {{ nobody }}\n", json!({})).unwrap_err();
            let text = format!("{error:#}");
            assert!(text.contains(&format!("templates/{name}:2:")), "{text}");
            assert!(text.contains("nobody"), "{text}");
        }
    }

    #[test]
    fn a_syntax_error_names_file_and_line() {
        let error = format!(
            "{:#}",
            render_source("a.yaml.j2", "a: 1\nb: {{ }\n", json!({})).unwrap_err()
        );
        assert!(error.contains("templates/a.yaml.j2:2:"), "{error}");
    }

    #[test]
    fn a_template_that_does_not_end_runs_out_of_fuel() {
        let source = "{% for a in many %}{% for b in many %}{% for c in many %}{% endfor %}{% endfor %}{% endfor %}";
        let error = render_source("a.sh.j2", source, json!({"many": vec![0; 1000]})).unwrap_err();
        assert!(format!("{error:#}").contains("fuel"), "{error:#}");
    }

    #[test]
    fn no_template_can_switch_the_quoting_off() {
        for source in [
            "a: {{ x|safe }}\n",
            "a: {% autoescape false %}{{ x }}{% endautoescape %}\n",
            "a: {% set y %}{{ x }}{% endset %}{{ y }}\n",
        ] {
            let context = json!({"x": "1\nb: 2"});
            // The engine refuses the template, or quotes the value all the same.
            if let Ok(yaml) = render_source("a.yaml.j2", source, context) {
                let parsed: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
                assert_eq!(parsed.as_object().unwrap().len(), 1, "{yaml}");
                assert!(parsed["a"].is_string(), "{yaml}");
            }
        }
    }

    #[test]
    fn a_value_brings_no_second_line_into_a_file_for_a_host() {
        let render = |x: serde_json::Value| render_source("a.service.j2", "What={{ x }}\n", json!({"x": x}));
        assert_eq!(render(json!("/data")).unwrap(), "What=/data\n");
        assert_eq!(render(json!(3)).unwrap(), "What=3\n");
        for hostile in [
            json!("a\nExecStart=/bin/x"),
            json!("a\r"),
            json!("a\0"),
            json!(["a"]),
            json!(null),
        ] {
            assert!(render(hostile.clone()).is_err(), "{hostile}");
        }
    }

    #[test]
    fn a_value_brings_neither_an_element_nor_an_attribute_into_a_page() {
        let source = "<p title=\"{{ x }}\">{{ x }}</p>\n";
        let page = render_source("a.html.j2", source, json!({"x": "</p><script>'\"&\u{0}\u{1b}\n"})).unwrap();
        let text = "&lt;/p&gt;&lt;script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd}\n";
        assert_eq!(page, format!("<p title=\"{text}\">{text}</p>\n"));
        assert!(render_source("a.html.j2", source, json!({"x": ["a"]})).is_err());
    }

    #[test]
    fn every_character_that_yaml_might_take_for_a_line_break_is_escaped() {
        let hostile = "\u{0}\u{7}\u{7f}\u{85}\u{9f}\u{a0}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}\u{1f600}\r\n\t\"\\";
        let yaml = render_source("a.yaml.j2", "a: {{ x }}\n", json!({"x": hostile})).unwrap();
        assert_eq!(
            yaml,
            "a: \"\\u0000\\u0007\\u007f\\u0085\\u009f\u{a0}\\u2028\\u2029\\ufeff\\ufffe\\uffff\u{1f600}\\r\\n\\t\\\"\\\\\"\n"
        );
    }

    proptest! {
        #[test]
        fn any_string_comes_back_exactly_wherever_a_value_may_stand(x in any::<String>(), y in "[\\PC\\s\"'#:{}\\[\\],&*!|>%@`-]*") {
            let source = "# {{ x }} {{ y }}\n{{ y }}: {{ x }}\nlist:\n{% for v in [x, y] %}\n  - {{ v }}\n{% endfor %}\n\
                          flow: [{{ x }}, {{ y }}]\njoined: {{ 'x-' ~ x }}\nwhole: {{ [x, y] }}\n";
            prop_assume!(!["list", "flow", "joined", "whole", "<<"].contains(&y.as_str()));
            let yaml = render_source("a.yaml.j2", source, json!({"x": x, "y": y})).unwrap();
            let parsed: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
            let mut expected = json!({"list": [x, y], "flow": [x, y], "joined": format!("x-{x}"), "whole": [x, y]});
            expected[y] = json!(x);
            prop_assert_eq!(parsed, expected);
        }
    }
}
