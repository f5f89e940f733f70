//! Puts the page together: names files by their content and writes the names where they are used.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::bundle::Bundle;
use super::glue::Glue;
use super::inputs::files;

/// The sheet that names the cascade layers, which must come first.
const LAYERS: &str = "style/layers.css";

/// Makes the bundle from the glue and the files in `web`, the folder of the panel.
pub(super) fn assemble(web: &Path, glue: Glue) -> Result<Bundle> {
    let mut bundle = Bundle::default();
    let css = bundle.add_asset("style", "css", lean(&style(web)?).into_bytes());
    let js = bundle.add_asset("app", "js", lean(&glue.js).into_bytes());
    let wasm = bundle.add_asset("app_bg", "wasm", glue.wasm);
    let theme = bundle.add_asset("theme", "js", lean(&read(web, "theme.js")?).into_bytes());
    let boot = fill(&read(web, "boot.js")?, &[("js", &js), ("wasm", &wasm)]).context("web/boot.js")?;
    let boot = bundle.add_asset("boot", "js", boot.into_bytes());

    let names = [("css", &css), ("js", &js), ("wasm", &wasm), ("theme", &theme), ("boot", &boot)];
    let page = fill(&read(web, "index.html")?, &names.map(|(name, path)| (name, path.as_str())))
        .and_then(without_inline_script)
        .context("web/index.html")?;
    bundle.add("index.html", page.into_bytes());

    let fixed = web.join("static");
    if fixed.exists() {
        for file in files(&fixed)? {
            let path = file.strip_prefix(&fixed)?.to_string_lossy().into_owned();
            bundle.add(&path, fs::read(&file)?);
        }
    }
    Ok(bundle)
}

/// All sheets as one: the layers first, the others in the order of their paths.
fn style(web: &Path) -> Result<String> {
    let mut style = read(web, LAYERS)?;
    let layers = web.join(LAYERS);
    for file in files(&web.join("style"))? {
        if file.extension().is_some_and(|extension| extension == "css") && file != layers {
            style.push_str(&fs::read_to_string(&file)?);
        }
    }
    Ok(style)
}

/// The text without what only people need and everybody would download: white space around lines, and lines that are
/// comments. Neither the sheets nor the scripts have texts of several lines.
fn lean(text: &str) -> String {
    let mut lean = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines() {
        let mut line = line.trim();
        in_comment |= line.starts_with("/*");
        if in_comment {
            let after = line.split_once("*/");
            in_comment = after.is_none();
            line = after.map_or("", |(_, after)| after.trim());
        }
        if !line.is_empty() && !line.starts_with("//") {
            lean.push_str(line);
            lean.push('\n');
        }
    }
    lean
}

fn read(web: &Path, file: &str) -> Result<String> {
    fs::read_to_string(web.join(file)).with_context(|| format!("cannot read web/{file}"))
}

/// Replaces each `{{name}}` in `template`.
fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut filled = template.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    if let Some((_, rest)) = filled.split_once("{{") {
        let name = rest.split("}}").next().unwrap_or(rest);
        bail!("nothing is called {{{{{name}}}}} here");
    }
    Ok(filled)
}

/// Refuses a script within the page, which the content security policy would not run.
fn without_inline_script(page: String) -> Result<String> {
    for script in page.split("<script").skip(1) {
        let attributes = script.split('>').next().unwrap_or(script);
        if !attributes.contains("src=") {
            bail!("the content security policy allows no inline script; put it into boot.js or theme.js");
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_people_read_is_left_out() {
        assert_eq!(lean("a {\n    b: c;\n\n}\n"), "a {\nb: c;\n}\n");
        assert_eq!(lean("/* One. */\na { }\n/* Two,\n * three. */ b { }\n"), "a { }\nb { }\n");
        assert_eq!(lean("    // Why.\n    return 'https://a'; // Here.\n"), "return 'https://a'; // Here.\n");
    }

    #[test]
    fn placeholders_become_paths() {
        let filled = fill("import init from '{{js}}';", &[("js", "/assets/app-1.js")]).unwrap();
        assert_eq!(filled, "import init from '/assets/app-1.js';");
    }

    #[test]
    fn an_unknown_placeholder_is_named() {
        let refused = fill("{{js}} {{font}}", &[("js", "/a.js")]).unwrap_err();
        assert_eq!(refused.to_string(), "nothing is called {{font}} here");
    }

    #[test]
    fn a_page_may_load_a_script_but_not_hold_one() {
        assert!(without_inline_script("<script type=\"module\" src=\"/a.js\"></script>".to_owned()).is_ok());
        assert!(without_inline_script("<script>alert(1)</script>".to_owned()).is_err());
    }

    #[test]
    fn a_page_is_assembled_from_its_parts() {
        let web = tempfile::tempdir().unwrap();
        fs::create_dir_all(web.path().join("style/ui")).unwrap();
        fs::create_dir_all(web.path().join("static")).unwrap();
        for (file, text) in [
            ("style/layers.css", "@layer base, components;\n"),
            ("style/base.css", "@layer base {}\n"),
            ("style/ui/button.css", "@layer components {}\n"),
            ("boot.js", "import init from '{{js}}';\ninit({ module_or_path: '{{wasm}}' });\n"),
            ("theme.js", "document.documentElement.dataset.theme = 'dark';\n"),
            (
                "index.html",
                "<link href=\"{{css}}\"><script src=\"{{theme}}\"></script><script src=\"{{boot}}\">",
            ),
            ("static/icon.svg", "<svg/>"),
        ] {
            fs::write(web.path().join(file), text).unwrap();
        }
        let glue = Glue { js: "export default 1;\n".to_owned(), wasm: b"module".to_vec() };
        insta::assert_snapshot!(assemble(web.path(), glue).unwrap().listing(), @r#"
        assets/app-96909e1dce85ca53.js
        export default 1;

        assets/app_bg-120970d812836f19.wasm
        module
        assets/boot-cbe91d843d275e19.js
        import init from '/assets/app-96909e1dce85ca53.js';
        init({ module_or_path: '/assets/app_bg-120970d812836f19.wasm' });

        assets/style-083e29b3b156679c.css
        @layer base, components;
        @layer base {}
        @layer components {}

        assets/theme-08be5ead200d72cb.js
        document.documentElement.dataset.theme = 'dark';

        icon.svg
        <svg/>
        index.html
        <link href="/assets/style-083e29b3b156679c.css"><script src="/assets/theme-08be5ead200d72cb.js"></script><script src="/assets/boot-cbe91d843d275e19.js">
        "#);
    }
}
